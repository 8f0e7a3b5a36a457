"""A role in another process: asked by a call, answered from its worker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from typing_extensions import override

from eaa.adapters.memory.blobs import MemoryBlobs
from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.executors import MemoryExecutors
from eaa.adapters.memory.ids import MemoryIds
from eaa.adapters.memory.role_calls import MemoryRoleCalls
from eaa.adapters.memory.signals import MemorySignals
from eaa.adapters.memory.slots import MemorySlots
from eaa.adapters.memory.store import MemoryStore
from eaa.domain.artefact import Artefact, RolloutNote, Skipped
from eaa.domain.brief import Brief, Stage
from eaa.domain.crashes import MOST_TAKEOVERS
from eaa.domain.errors import WorkflowCancelled
from eaa.domain.ids import RoleCallId, RunId
from eaa.domain.parked import PersonAsked, RunCrashes
from eaa.domain.role import RoleName
from eaa.domain.role_call import CallState, QueueLimits
from eaa.engine.liveness import Liveness
from eaa.engine.role_queue import QueuedRoles, RoleDesk
from eaa.engine.role_worker import RoleWorker
from eaa.ports.roles import Roles
from tests.makers import make_run
from tests.support.role_world import RoleWorld

NOTE = RolloutNote(touched=("ci.yml",), text="Nothing to do.")


@dataclass
class Answering(Roles):
    """A role that does what a test says."""

    answer: Callable[[], Awaitable[Artefact]]
    asked: list[Stage] = field(default_factory=list)

    @override
    async def work(self, role: RoleName, brief: Brief) -> Artefact:
        self.asked.append(brief.stage)
        return await self.answer()


@dataclass
class World:
    """A run, the queue of SRE, and whoever asks."""

    store: MemoryStore = field(default_factory=MemoryStore)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    signals: MemorySignals = field(default_factory=MemorySignals)
    slots: MemorySlots = field(default_factory=MemorySlots)
    abandoned: list[RunId] = field(default_factory=list)
    suspects: set[RunId] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.calls = MemoryRoleCalls(store=self.store, now=lambda: datetime.now(UTC))
        executors = MemoryExecutors(lambda: datetime.now(UTC))
        clock, ids = MemoryClock(), MemoryIds()
        self.desk = RoleDesk(calls=self.calls, blobs=self.blobs, signals=self.signals, clock=clock, ids=ids)
        self.queued = QueuedRoles(
            calls=self.calls,
            blobs=self.blobs,
            signals=self.signals,
            liveness=Liveness(self.slots, executors),
            clock=clock,
            ids=ids,
            abandoned=self.abandoned.append,
            priority_of=self._priority_of,
            is_suspect=self.suspects.__contains__,
        )

    async def _priority_of(self, run_id: RunId) -> int:
        return 0

    async def brief(self) -> Brief:
        async with self.store.begin() as session:
            await session.runs.add(make_run())
        brief = await RoleWorld().brief({"calc.py": ""}, "It is wrong")
        return replace(brief, stage=Stage.ROLLOUT)

    @asynccontextmanager
    async def serving(self, roles: Roles) -> AsyncIterator[RoleWorker]:
        """Let a worker of SRE work inside the block."""
        draining = asyncio.Event()
        async with self.slots.hold("role-sre-0"):
            worker = RoleWorker(
                role=RoleName.SRE,
                slot="role-sre-0",
                roles=roles,
                calls=self.calls,
                blobs=self.blobs,
                signals=self.signals,
            )
            working = asyncio.create_task(worker.work(draining, grace_s=0))
            try:
                yield worker
            finally:
                draining.set()
                await working


async def note() -> Artefact:
    return NOTE


async def skip() -> Artefact:
    return Skipped("no deployment files")


async def never() -> Artefact:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize(("answer", "artefact"), [(note, NOTE), (skip, Skipped("no deployment files"))])
async def test_what_a_role_leaves_comes_back_as_it_was(
    answer: Callable[[], Awaitable[Artefact]], artefact: Artefact
) -> None:
    world = World()
    brief = await world.brief()
    async with world.serving(Answering(answer)):
        assert await world.queued.work(RoleName.SRE, brief) == artefact


async def test_what_is_asked_twice_is_worked_on_once() -> None:
    world, role = World(), Answering(note)
    brief = await world.brief()
    async with world.serving(role):
        assert await world.queued.work(RoleName.SRE, brief) == await world.queued.work(RoleName.SRE, brief)

    assert role.asked == [Stage.ROLLOUT]


async def test_an_error_of_the_role_is_raised_where_it_was_asked() -> None:
    async def ask_a_person() -> Artefact:
        raise PersonAsked(run_id=RunId("run_1"), question="Gross or net?", options=("gross", "net"))

    world = World()
    brief = await world.brief()
    async with world.serving(Answering(ask_a_person)):
        with pytest.raises(PersonAsked, match="Gross or net") as raised:
            await world.queued.work(RoleName.SRE, brief)

    assert "eaa say" in raised.value.hint
    assert list(raised.value.options) == ["gross", "net"]


async def test_a_cancelled_call_is_dropped_by_its_worker_and_raised_where_it_was_asked() -> None:
    world = World()
    brief = await world.brief()
    async with world.serving(Answering(never)) as worker:
        asking = asyncio.create_task(world.queued.work(RoleName.SRE, brief))
        await _until(lambda: bool(worker.working_on))
        (call,) = await world.calls.cancel(RunId("run_1"))
        await world.signals.ring("slot:role-sre-0", f"role-call:{call.id}")

        with pytest.raises(WorkflowCancelled):
            await asking
        await _until(lambda: not worker.working_on)


async def test_a_worker_that_drains_gives_its_call_back_and_the_next_one_takes_it() -> None:
    world = World()
    brief = await world.brief()
    async with world.serving(Answering(never)) as worker:
        asking = asyncio.create_task(world.queued.work(RoleName.SRE, brief))
        await _until(lambda: bool(worker.working_on))
    (given,) = await world.calls.of_run(RunId("run_1"))
    assert given.state is CallState.QUEUED

    async with world.serving(Answering(note)):
        assert await asking == NOTE


@pytest.mark.parametrize("is_suspect", [True, False])
async def test_calls_of_a_run_that_may_end_its_processes_are_put_to_be_alone(is_suspect: bool) -> None:
    world = World()
    brief = await world.brief()
    if is_suspect:
        world.suspects.add(brief.run_id)
    async with world.serving(Answering(note)):
        await world.queued.work(RoleName.SRE, brief)

    (call,) = await world.calls.of_run(brief.run_id)
    assert call.is_alone is is_suspect


async def test_nothing_is_worked_on_beside_a_call_that_has_to_be_alone() -> None:
    world, ends = World(), asyncio.Semaphore(0)
    brief = await world.brief()

    async def put(name: str, *, is_alone: bool = False) -> RoleCallId:
        call = await world.desk.put(RoleName.SRE, brief, priority=0, name=name, is_alone=is_alone)
        return call.id

    async def when_told() -> Artefact:
        await ends.acquire()
        return NOTE

    async def works_on(calls: set[RoleCallId]) -> bool:
        """Return whether the worker comes to work on these calls, and takes no other as often as it looks."""
        await _until(lambda: worker.working_on == calls)
        for _ in range(50):
            await world.signals.ring("role-calls:sre")
            await asyncio.sleep(0)
        return worker.working_on == calls

    before, lone = await put("before"), await put("lone", is_alone=True)
    behind = {await put("behind"), await put("further behind")}
    async with world.serving(Answering(when_told)) as worker:
        assert await works_on({before})
        ends.release()
        assert await works_on({lone})
        ends.release()
        assert await works_on(behind)


@pytest.mark.parametrize("crashes", [MOST_TAKEOVERS - 1, MOST_TAKEOVERS])
async def test_a_call_that_ends_whoever_takes_it_is_not_taken_up_for_ever(crashes: int) -> None:
    world, role = World(), Answering(note)
    asking = asyncio.create_task(world.queued.work(RoleName.SRE, await world.brief()))
    await _until(lambda: bool(world.calls._calls))
    for number in range(crashes):
        if number:
            await world.calls.give_back("role-sre-0", has_crashed=True)
        # The process that takes it now ends at once, and is back before anybody looks.
        assert await world.calls.take(RoleName.SRE, owner_slot="role-sre-0", limits=QueueLimits()) is not None

    async with world.serving(role):
        if crashes < MOST_TAKEOVERS:
            assert await asking == NOTE
        else:
            with pytest.raises(RunCrashes, match="10 processes in a row"):
                await asking
    assert len(role.asked) == (crashes < MOST_TAKEOVERS)


async def test_whoever_waits_hears_that_the_worker_is_gone() -> None:
    world = World()
    brief = await world.brief()
    asking = asyncio.create_task(world.queued.work(RoleName.SRE, brief))
    async with asyncio.timeout(20):
        while not await world.calls.waiting(RoleName.SRE):  # noqa: ASYNC110 - a table tells nobody
            await asyncio.sleep(0)
    (call,) = await world.calls.of_run(RunId("run_1"))
    await world.calls.take(RoleName.SRE, owner_slot="role-sre-9", limits=QueueLimits())
    await world.signals.ring(f"role-call:{call.id}")

    await _until(lambda: RunId("run_1") in world.abandoned)
    asking.cancel()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - it is told by several ways
            await asyncio.sleep(0.005)
