"""Processes that spend from shared budgets and are killed at random moments: what was paid, and what was counted."""

import asyncio
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from eaa.adapters.sql.budgets import SqlBudgets
from eaa.adapters.sql.engine import open_engine
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.system.ids import UlidIds
from eaa.domain.budget import Amount, Budget
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.engine.llm.dead_processes import book_reservations_of_the_dead
from eaa.ports.budgets import Budgets
from eaa.ports.slots import Slots
from tests.support.spending import DAY, RUNS, slots_of

ROOT = Path(__file__).parents[2]
_TRIES = 100


@dataclass(frozen=True, slots=True)
class Spending:
    """What came of one round. Amounts in micro-dollars, by the budget's name."""

    processes: int
    kills: int
    called: int
    refused: int
    paid: dict[str, int]
    """What the ledger of the pretended provider says."""
    spent: dict[str, int]
    limits: dict[str, int]
    reserved: dict[str, int]
    """When everything is over."""
    reservations_left: int

    @property
    def faults(self) -> list[str]:
        """What is not as it must be; empty when all of it is."""
        said: list[str] = []
        for name, limit in self.limits.items():
            paid, spent = self.paid[name], self.spent[name]
            if not paid <= spent <= limit:
                said.append(f"{name}: paid {paid}, counted {spent}, limit {limit}")
            if self.reserved[name]:
                said.append(f"{name}: {self.reserved[name]} still reserved")
        if self.reservations_left:
            said.append(f"{self.reservations_left} owners of reservations left")
        return said


async def spend_and_kill(
    url: str,
    folder: Path,
    *,
    processes: int,
    callers: int,
    kills: int,
    calls: int,
    run_limit: int,
    day_limit: int,
    seed: int,
) -> Spending:
    """Let processes spend from the same budgets; kill some, at random moments, and start others in their place.

    Args:
        url: An empty database.
        folder: For slots and the ledger.
        processes: How many spend at the same time.
        callers: How many calls each process makes at the same time.
        kills: How many processes are killed in all.
        calls: How many calls a process makes unless it is killed.
        run_limit: Of each of three runs, in micro-dollars.
        day_limit: Of the day that pays for all of them.
        seed: Of what is random.
    """
    await upgrade(url)
    engine, slots, ledger = open_engine(url), slots_of(url, str(folder / "slots")), folder / "ledger"
    budgets = SqlBudgets(engine, name="proof", ids=UlidIds())
    limits = {DAY: day_limit} | dict.fromkeys(RUNS, run_limit)
    for scope, limit in limits.items():
        await budgets.set_limit(DEFAULT_ORGANISATION, scope, Amount(limit))

    outcomes: Counter[str] = Counter()
    seeds = iter(range(seed * 10_000, seed * 10_000 + 10_000))
    chance = random.Random(seed)

    async def keep_a_process_spending(deaths: int) -> None:
        for death in range(deaths + 1):
            arguments = (url, str(folder / "slots"), str(ledger), str(callers), str(calls), str(next(seeds)))
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.support.spending", *arguments, cwd=ROOT, stdout=PIPE
            )
            outcomes["started"] += 1
            await _watch(process, chance.randrange(1, calls) if death < deaths else None, outcomes)

    shares = [kills // processes + (number < kills % processes) for number in range(processes)]
    await asyncio.gather(*map(keep_a_process_spending, shares))
    owners = await _book_all(budgets, slots)
    known = [budget for scope in limits if (budget := await budgets.get(DEFAULT_ORGANISATION, scope)) is not None]
    await engine.dispose()
    return _result(known, _paid(ledger), outcomes, owners=len(owners))


async def _watch(process: Process, kill_after: int | None, outcomes: Counter[str]) -> None:
    """Count what a process says until it ends; kill it after so many lines.

    Raises:
        RuntimeError: It ended by itself, and not well.
    """
    assert process.stdout is not None
    lines = 0
    while line := await process.stdout.readline():
        lines += 1
        outcomes[line.decode().strip()] += 1
        if lines == kill_after:
            process.kill()
    ended = await process.wait()
    outcomes["killed"] += ended == -signal.SIGKILL
    if ended not in (0, -signal.SIGKILL):
        raise RuntimeError(f"a spending process ended with {ended}")


async def _book_all(budgets: Budgets, slots: Slots) -> frozenset[str]:
    """Book what the dead left and return who still holds anything. A server may notice a death a moment late."""
    owners = await budgets.owners()
    for _ in range(_TRIES):
        await book_reservations_of_the_dead(budgets, slots)
        owners = await budgets.owners()
        if not owners:
            break
    return owners


def _paid(ledger: Path) -> Counter[str]:
    paid: Counter[str] = Counter()
    for line in ledger.read_text().splitlines():
        run, cost = line.split()
        paid[run] += int(cost)
        paid[DAY.name] += int(cost)
    return paid


def _result(known: list[Budget], paid: Counter[str], outcomes: Counter[str], *, owners: int) -> Spending:
    return Spending(
        processes=outcomes["started"],
        kills=outcomes["killed"],
        called=outcomes["called"],
        refused=outcomes["refused"],
        paid={budget.scope.name: paid[budget.scope.name] for budget in known},
        spent={budget.scope.name: budget.spent.cost_microusd for budget in known},
        limits={budget.scope.name: budget.limit.cost_microusd for budget in known},
        reserved={budget.scope.name: budget.reserved.cost_microusd for budget in known},
        reservations_left=owners,
    )
