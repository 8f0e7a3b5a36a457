"""Budgets under 64 callers in 4 processes that are killed at random moments, and what reserving costs.

    python -m scripts.proofs.budgets [--kills N] [--seed N]

Prints one JSON object and ends with 0 when no limit was passed and nothing leaked. Uses SQLite, and Postgres when
EAA_TEST_POSTGRES_URL names a server (`make services`).
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from eaa.adapters.memory.budgets import MemoryBudgets
from eaa.adapters.sql.budgets import SqlBudgets
from eaa.adapters.sql.engine import open_engine, sqlite_address
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.system.ids import UlidIds
from eaa.domain.budget import Amount
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.engine.llm.leases import LeasedBudgets
from eaa.ports.budgets import Budgets, Wish
from tests.postgres import new_database
from tests.support.budget_proof import Spending, spend_and_kill
from tests.support.spending import DAY, RUNS

PROCESSES, CALLERS = 4, 16
CALLS = 400
"""Of a process that is not killed."""


@dataclass(frozen=True, slots=True)
class Costs:
    """One reserve and one settle over two scopes."""

    wall_ms: float
    cpu_us: float


def prove_budgets(*, kills: int = 20, seed: int = 1) -> dict[str, Spending]:
    """Return what came of spending and killing on each database; `faults` of each must be empty."""
    found: dict[str, Spending] = {}
    for name, url, folder in _databases():
        found[name] = asyncio.run(
            spend_and_kill(
                url,
                folder,
                processes=PROCESSES,
                callers=CALLERS,
                kills=kills,
                calls=CALLS,
                run_limit=120_000,
                day_limit=300_000,
                seed=seed,
            )
        )
    return found


def measure_budgets() -> dict[str, Costs]:
    """Return what reserving and settling costs out of a lease, and in each database."""
    leased = LeasedBudgets(MemoryBudgets())
    found = {"leased": asyncio.run(_measured(leased, times=20_000))}
    for name, url, _ in _databases():
        found[name] = asyncio.run(_measured_in(url))
    return found


def main() -> int:
    """Prove and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rounds = prove_budgets(kills=options.kills, seed=options.seed)
    costs = measure_budgets()
    print(
        json.dumps(
            {
                "callers": PROCESSES * CALLERS,
                "rounds": {name: {**asdict(one), "faults": one.faults} for name, one in rounds.items()},
                "reserve_and_settle": {name: asdict(one) for name, one in costs.items()},
            },
            indent=2,
        )
    )
    return 1 if any(one.faults for one in rounds.values()) else 0


def _databases() -> Iterator[tuple[str, str, Path]]:
    """Yield each kind of database: its name, the address of an empty one, and a folder beside it."""
    for name in ("sqlite", "postgres"):
        with tempfile.TemporaryDirectory() as folder, _empty(name, Path(folder)) as url:
            if url is not None:
                yield name, url, Path(folder)


@contextmanager
def _empty(name: str, folder: Path) -> Iterator[str | None]:
    server = os.environ.get("EAA_TEST_POSTGRES_URL")
    if name == "sqlite":
        yield sqlite_address(folder / "eaa.sqlite")
    elif server:
        with new_database(server) as url:
            yield url
    else:
        yield None


async def _measured_in(url: str) -> Costs:
    await upgrade(url)
    engine = open_engine(url)
    try:
        return await _measured(SqlBudgets(engine, name="proof", ids=UlidIds()), times=200)
    finally:
        await engine.dispose()


async def _measured(budgets: Budgets, *, times: int) -> Costs:
    scopes, now = (RUNS[0], DAY), datetime.now(UTC)
    for scope in scopes:
        await budgets.set_limit(DEFAULT_ORGANISATION, scope, Amount(10**12))
    wish = Wish(DEFAULT_ORGANISATION, scopes, least=Amount(10), most=Amount(1_000))
    started_s, started_cpu_s = time.perf_counter(), time.process_time()
    for _ in range(times):
        call = await budgets.reserve(wish, owner_slot="llm-0", now=now)
        await budgets.settle(call.id, Amount(100))
    return Costs(
        wall_ms=round((time.perf_counter() - started_s) * 1e3 / times, 4),
        cpu_us=round((time.process_time() - started_cpu_s) * 1e6 / times, 1),
    )


if __name__ == "__main__":
    sys.exit(main())
