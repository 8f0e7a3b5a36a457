"""Processes that spend from the same budgets, and die."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from eaa.adapters.sql.budgets import SqlBudgets
from eaa.adapters.sql.engine import open_engine
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.system.ids import UlidIds
from eaa.domain.budget import Amount
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.engine.llm.dead_processes import book_reservations_of_the_dead
from tests.support.budget_proof import ROOT, spend_and_kill
from tests.support.spending import DAY, slots_of


async def test_kills_at_random_moments_pass_no_limit_and_leak_nothing(url: str, tmp_path: Path) -> None:
    spending = await spend_and_kill(
        url, tmp_path, processes=3, callers=8, kills=3, calls=150, run_limit=40_000, day_limit=90_000, seed=7
    )

    assert spending.faults == []
    assert (spending.processes, spending.kills) == (6, 3)
    assert spending.called > 0
    assert spending.refused > 0, "the limits were never reached, so nothing was shown"


async def test_what_a_killed_process_held_is_booked_as_spent_and_not_before(url: str, tmp_path: Path) -> None:
    await upgrade(url)
    engine, slots = open_engine(url), slots_of(url, str(tmp_path / "slots"))
    budgets = SqlBudgets(engine, name="test", ids=UlidIds())
    await budgets.set_limit(DEFAULT_ORGANISATION, DAY, Amount(1_000_000))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.spending", url, str(tmp_path / "slots"), str(tmp_path / "ledger")),
        *("4", "1000000", "1"),
        cwd=ROOT,
        stdout=PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()

    booked_alive = await book_reservations_of_the_dead(budgets, slots)
    process.kill()
    await process.communicate()
    held = await budgets.get(DEFAULT_ORGANISATION, DAY)
    # A server may notice a moment late that its client is gone.
    while not (booked_dead := await book_reservations_of_the_dead(budgets, slots)):
        pass
    after = await budgets.get(DEFAULT_ORGANISATION, DAY)
    await engine.dispose()

    assert booked_alive == 0
    assert booked_dead > 0
    assert held is not None
    assert after is not None
    assert held.reserved != Amount()
    assert after.reserved == Amount()
    assert after.spent == held.spent + held.reserved
