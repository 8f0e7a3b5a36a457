"""The installation's own little task: queued again and again, one at a time, and what came of it is said."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.signals import MemorySignals
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.run import Run, RunState
from eaa.domain.toggle import Toggle, ToggleSetting
from eaa.domain.verdict import TaskVerdict
from eaa.engine.intake import Request
from eaa.engine.journal import Desk
from eaa.engine.synthetic import LONGEST, SyntheticCheck
from tests.support.flow_world import make_desk, make_request


@dataclass
class World:
    """A check, and the runs that it queues."""

    desk: Desk = field(default_factory=make_desk)
    check: SyntheticCheck = field(init=False)

    def __post_init__(self) -> None:
        async def request() -> Request:
            return make_request("Fix the fares")

        self.check = SyntheticCheck(desk=self.desk, signals=MemorySignals(), request=request, every=timedelta(hours=1))

    @property
    def clock(self) -> MemoryClock:
        assert isinstance(self.desk.clock, MemoryClock)
        return self.desk.clock

    async def runs(self) -> tuple[Run, ...]:
        async with self.desk.store.begin() as session:
            [task] = await session.tasks.newest(DEFAULT_ORGANISATION, limit=5)
            return await session.runs.of_task(task.id)

    async def end(self, verdict: TaskVerdict | None, state: RunState = RunState.DONE) -> None:
        """End the newest run."""
        self.clock.advance(7)
        run = replace((await self.runs())[-1], state=state, verdict=verdict, updated_at=self.desk.clock.now())
        async with self.desk.store.begin() as session:
            await session.runs.update(run)


async def test_each_check_is_another_run_of_one_task_and_none_is_begun_beside_another() -> None:
    world = World()

    await world.check.begin()
    await world.check.begin()
    first = await world.runs()
    await world.end(TaskVerdict.PLAUSIBLE)
    await world.check.begin()

    assert [run.state for run in first] == [RunState.QUEUED]
    assert [run.attempt for run in await world.runs()] == [1, 2]


@pytest.mark.parametrize("verdict", [TaskVerdict.DONE, TaskVerdict.PLAUSIBLE])
async def test_a_branch_with_evidence_is_what_a_check_should_come_to(verdict: TaskVerdict) -> None:
    world = World()
    before = await world.check.fault()
    await world.check.begin()
    meanwhile = await world.check.fault()
    await world.end(verdict)

    assert (before, meanwhile, await world.check.fault()) == (None, None, None)
    assert world.check.checked is not None
    assert world.check.checked.seconds == 7


@pytest.mark.parametrize(
    ("verdict", "state", "said"),
    [
        (TaskVerdict.CANNOT_REPRODUCE, RunState.DONE, "came to cannot reproduce"),
        (None, RunState.FAILED, "came to failed"),
    ],
)
async def test_anything_else_is_said(verdict: TaskVerdict | None, state: RunState, said: str) -> None:
    world = World()
    await world.check.begin()
    await world.end(verdict, state)
    fault = await world.check.fault()
    await world.check.begin()
    await world.end(TaskVerdict.DONE)

    assert fault is not None
    assert said in fault
    assert await world.check.fault() is None


async def test_a_check_that_nobody_works_on_is_said() -> None:
    world = World()
    await world.check.begin()
    world.clock.advance(LONGEST.total_seconds() + 1)

    fault = await world.check.fault()

    assert fault is not None
    assert "is queued after" in fault


async def test_without_intake_nothing_is_checked() -> None:
    world = World()
    off = ToggleSetting(
        DEFAULT_ORGANISATION, Toggle.INTAKE, is_on=False, why="", who="ada", updated_at=world.desk.clock.now()
    )
    async with world.desk.store.begin() as session:
        await session.toggle_settings.put(off)

    await world.check.begin()

    async with world.desk.store.begin() as session:
        assert await session.tasks.newest(DEFAULT_ORGANISATION, limit=5) == ()
