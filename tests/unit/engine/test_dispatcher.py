"""One process's share of the runs."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from eaa.adapters.memory.executors import MemoryExecutors
from eaa.adapters.memory.signals import MemorySignals
from eaa.adapters.memory.slots import MemorySlots
from eaa.adapters.memory.workflow import open_memory_workflows
from eaa.domain.crashes import ALONE_AFTER
from eaa.domain.errors import EaaError
from eaa.domain.ids import RunId
from eaa.domain.parked import PersonAsked, RunCrashes
from eaa.domain.run import RunState
from eaa.engine.dispatcher import IDLE_LOOK_S, LOOK_S, Dispatcher
from eaa.engine.intake import Opened
from eaa.engine.journal import Desk
from eaa.engine.liveness import Liveness
from eaa.engine.run_queue import RUNS_TOPIC
from eaa.engine.workflows.order import CHANGE
from eaa.ports.workflow import Workflow, Workflows
from tests.unit.engine.test_run_queue import another, crash_often, on_record, stored


def dispatcher_on(desk: Desk, workflows: Workflows, prepare: Callable[[Opened], Awaitable[None]]) -> Dispatcher:
    return Dispatcher(
        slot="dispatcher-0",
        desk=desk,
        workflows=workflows,
        liveness=Liveness(MemorySlots(), MemoryExecutors(lambda: datetime.now(UTC))),
        signals=MemorySignals(),
        wanted=set(),
        prepare=prepare,
    )


async def _nothing(_: Opened) -> None:
    """What goes before a run where there is nothing to do."""


async def test_a_run_that_a_fault_of_ours_ends_has_failed_and_is_not_begun_again() -> None:
    desk, run = await on_record(RunState.QUEUED)
    begun: list[Opened] = []

    async def breaks(opened: Opened) -> None:
        begun.append(opened)
        raise KeyError("a fault of ours")

    draining = asyncio.Event()
    async with open_memory_workflows(table={}) as workflows:
        dispatcher = dispatcher_on(desk, workflows, breaks)
        working = asyncio.create_task(dispatcher.work(draining, grace_s=0))
        async with asyncio.timeout(20):
            while (await stored(run, desk)).state is not RunState.FAILED:  # noqa: ASYNC110 - a table tells nobody
                await asyncio.sleep(0)
        draining.set()
        await working

    assert len(begun) == 1
    assert (await stored(run, desk)).owner_slot is None
    async with desk.store.begin() as session:
        assert [event.type for event in await session.events.of_run(run.id)][-1] == "run.parked"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RunCrashes(run_id=RunId("run_1"), times=10), RunState.FAILED),
        (PersonAsked(run_id=RunId("run_1"), question="what is meant?"), RunState.WAITING),
    ],
    ids=lambda found: getattr(found, "code", None),
)
async def test_a_run_whose_calls_end_their_processes_has_failed_and_waits_for_nobody(
    error: EaaError, state: RunState
) -> None:
    desk, run = await on_record(RunState.QUEUED)

    async def ends(_workflow: Workflow, _argument: bytes) -> bytes:
        raise error

    async with open_memory_workflows(table={CHANGE: ends}) as workflows:
        dispatcher = dispatcher_on(desk, workflows, _nothing)
        await dispatcher._look()
        await asyncio.wait(dispatcher._tasks.values())

    assert (await stored(run, desk)).state is state


async def test_a_run_that_may_end_its_process_is_worked_on_alone() -> None:
    desk, suspect = await on_record(RunState.QUEUED)
    await crash_often(desk, ALONE_AFTER)
    behind = await another(desk, suspect, RunState.QUEUED)
    begun: list[RunId] = []
    may_end = asyncio.Event()

    async def waits(opened: Opened) -> None:
        begun.append(opened.run.id)
        await may_end.wait()
        raise KeyError("so that it is over")

    draining = asyncio.Event()
    async with open_memory_workflows(table={}) as workflows:
        dispatcher = dispatcher_on(desk, workflows, waits)
        working = asyncio.create_task(dispatcher.work(draining, grace_s=0))
        async with asyncio.timeout(20):
            while not begun:  # noqa: ASYNC110 - a table tells nobody
                await asyncio.sleep(0)
            for _ in range(50):
                await dispatcher.signals.ring(RUNS_TOPIC)
                await asyncio.sleep(0)
            assert begun == [suspect.id]
            may_end.set()
            while (await stored(behind, desk)).state is not RunState.FAILED:  # noqa: ASYNC110
                await asyncio.sleep(0)
        draining.set()
        await working

    assert begun == [suspect.id, behind.id]


async def test_a_run_is_a_suspect_for_as_long_as_it_is_worked_on_after_too_many_takeovers() -> None:
    desk, run = await on_record(RunState.QUEUED)
    await crash_often(desk, ALONE_AFTER)
    await another(desk, run, RunState.QUEUED)
    suspects: list[frozenset[RunId]] = []

    async def notes(_: Opened) -> None:
        suspects.append(frozenset(dispatcher.suspects))
        raise KeyError("so that it is over")

    async with open_memory_workflows(table={}) as workflows:
        dispatcher = dispatcher_on(desk, workflows, notes)
        for _ in range(2):
            await dispatcher._look()
            await asyncio.wait(dispatcher._tasks.values())

    assert suspects == [{run.id}, frozenset()]
    assert dispatcher.suspects == set()


async def test_a_dispatcher_looks_less_often_only_while_nobody_works_on_anything() -> None:
    desk, _ = await on_record(RunState.DONE)
    busy, _ = await on_record(RunState.RUNNING)

    async def nothing(_: Opened) -> None:
        raise AssertionError

    async with open_memory_workflows(table={}) as workflows:
        assert await dispatcher_on(desk, workflows, nothing)._look() == IDLE_LOOK_S
        assert await dispatcher_on(busy, workflows, nothing)._look() == LOOK_S


async def test_others_hear_that_a_run_was_claimed() -> None:
    desk, _ = await on_record(RunState.QUEUED)
    may_end = asyncio.Event()

    async def waits(_: Opened) -> None:
        await may_end.wait()
        raise KeyError("so that it is over")

    async with open_memory_workflows(table={}) as workflows:
        dispatcher = dispatcher_on(desk, workflows, waits)
        async with dispatcher.signals.listen(RUNS_TOPIC) as listening, asyncio.timeout(20):
            await dispatcher._look()
            await listening.wait(timeout_s=60)
            may_end.set()
            await asyncio.wait(dispatcher._tasks.values())
