"""A process that spends out of budgets shared with others, until it is told how much or is killed.

Arguments: the database's address, a folder of slots, the ledger's file, how many callers, how many calls, a seed.
Each call writes what it paid to the ledger before it settles, as a provider would, and a line to stdout at its end.
"""

import asyncio
import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from eaa.adapters.files.slots import FileSlots
from eaa.adapters.sql.budgets import SqlBudgets
from eaa.adapters.sql.engine import open_engine
from eaa.adapters.sql.slots import PostgresSlots
from eaa.adapters.system.ids import UlidIds
from eaa.domain.budget import Amount, Scope, ScopeKind
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.model_errors import BudgetExhausted
from eaa.engine.llm.dead_processes import book_reservations_of_the_dead
from eaa.engine.llm.leases import LeasedBudgets
from eaa.ports.budgets import Wish
from eaa.ports.slots import Slots

RUNS = tuple(Scope(ScopeKind.RUN, f"run_{number}") for number in range(3))
DAY = Scope(ScopeKind.DAY, "2026-11-25")
MOST_MICROUSD = 1_000
"""What one call may cost."""


def slots_of(url: str, folder: str) -> Slots:
    """Return the slots that processes on this database share."""
    return PostgresSlots(url) if url.startswith("postgresql") else FileSlots(Path(folder))


async def spend(url: str, folder: str, ledger: str, callers: int, calls: int, seed: int) -> None:
    """Make the calls and give back what is left."""
    engine, slots, chance = open_engine(url), slots_of(url, folder), random.Random(seed)
    paid = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    budgets = LeasedBudgets(SqlBudgets(engine, name="spending", ids=UlidIds()))
    left = iter(range(calls))

    async def caller() -> None:
        for _ in left:
            run = chance.choice(RUNS)
            most = chance.randint(1, MOST_MICROUSD)
            wish = Wish(DEFAULT_ORGANISATION, (run, DAY), least=Amount(most // 4), most=Amount(most))
            try:
                call = await budgets.reserve(wish, owner_slot=slot, now=datetime.now(UTC))
            except BudgetExhausted:
                print("refused", flush=True)
                continue
            for _ in range(chance.randint(0, 5)):
                await asyncio.sleep(0)
            cost = chance.randint(0, call.amount.cost_microusd)
            os.write(paid, f"{run.name} {cost}\n".encode())
            await budgets.settle(call.id, Amount(cost))
            print("called", flush=True)

    async with slots.hold_first_free("llm") as slot:
        await budgets.release_of(slot)
        await book_reservations_of_the_dead(budgets, slots)
        await asyncio.gather(*(caller() for _ in range(callers)))
        await budgets.close()
    await engine.dispose()
    os.close(paid)


if __name__ == "__main__":
    url_, folder_, ledger_, callers_, calls_, seed_ = sys.argv[1:]
    asyncio.run(spend(url_, folder_, ledger_, int(callers_), int(calls_), int(seed_)))
