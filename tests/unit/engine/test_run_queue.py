"""How runs come into the queue, out of it, and back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from typing_extensions import override

from eaa.domain.crashes import ALONE_AFTER, MOST_TAKEOVERS
from eaa.domain.directive import DirectiveKind
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.errors import InvalidRequest, RunFenced
from eaa.domain.event_data import RunParked
from eaa.domain.ids import CommitId, RunId
from eaa.domain.repository import Repository
from eaa.domain.run import Run, RunState
from eaa.engine.codec import decode
from eaa.engine.directives import tell
from eaa.engine.intake import started
from eaa.engine.journal import Desk
from eaa.engine.reach import ASK_AGAIN_S, Reach
from eaa.engine.run_queue import claim_run, hand_over, queue_waiting, release_abandoned
from eaa.engine.workflows.order import Order
from tests.makers import make_run, make_task
from tests.support.flow_world import make_desk
from tests.support.tiny_world import REPOSITORY, TinyRepositories


async def on_record(state: RunState, *, owner_slot: str | None = None) -> tuple[Desk, Run]:
    """Put a run on record with its task and its order."""
    desk = make_desk()
    run, task = replace(make_run(owner_slot=owner_slot), state=state), make_task()
    order = Order(run.id, REPOSITORY, CommitId(task.base), EnvironmentRequest())
    async with desk.store.begin() as session:
        await session.tasks.add(task)
        await session.runs.add(run)
        await session.events.add(started(run, task, order, desk))
    return desk, run


async def another(desk: Desk, run: Run, state: RunState) -> Run:
    """Put a later run of the same task on record."""
    later = replace(run, id=RunId(f"{run.id}-later"), state=state, created_at=run.created_at + timedelta(seconds=1))
    async with desk.store.begin() as session:
        task = await session.tasks.get(run.task_id)
        order = Order(later.id, REPOSITORY, CommitId(task.base), EnvironmentRequest())
        await session.runs.add(later)
        await session.events.add(started(later, task, order, desk))
    return later


async def crash_often(desk: Desk, takeovers: int) -> None:
    """Let dispatchers claim the next run and be gone, until it has been taken over so many times."""
    for _ in range(takeovers + 1):
        await claim_run(owner_slot="dispatcher-0", at_once=None, desk=desk)
        await release_abandoned({"dispatcher-0"}, but=(), desk=desk)


async def stored(run: Run, desk: Desk) -> Run:
    async with desk.store.begin() as session:
        return await session.runs.get(run.id)


async def test_a_queued_run_is_claimed_with_its_order() -> None:
    desk, run = await on_record(RunState.QUEUED)

    opened = await claim_run(owner_slot="dispatcher-0", at_once=None, desk=desk)

    assert opened is not None
    assert (opened.run.owner_slot, opened.run.state, opened.order.run_id) == (
        "dispatcher-0",
        RunState.RUNNING,
        run.id,
    )
    assert await claim_run(owner_slot="dispatcher-1", at_once=None, desk=desk) is None


@pytest.mark.parametrize(
    ("said", "state"), [(DirectiveKind.STOP, RunState.CANCELLED), (DirectiveKind.PAUSE, RunState.WAITING)]
)
async def test_a_run_that_was_stopped_in_the_queue_is_not_worked_on(said: DirectiveKind, state: RunState) -> None:
    desk, run = await on_record(RunState.QUEUED)
    await tell(run.id, said, desk=desk)

    assert await claim_run(owner_slot="dispatcher-0", at_once=None, desk=desk) is None
    assert (await stored(run, desk)).state is state


async def test_a_paused_run_that_is_queued_again_is_claimed() -> None:
    desk, run = await on_record(RunState.QUEUED)
    await tell(run.id, DirectiveKind.PAUSE, desk=desk)
    await claim_run(owner_slot="dispatcher-0", at_once=None, desk=desk)

    await queue_waiting(run.id, desk=desk)
    opened = await claim_run(owner_slot="dispatcher-0", at_once=None, desk=desk)

    assert opened is not None
    assert opened.run.generation == 2


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.DONE, RunState.CANCELLED])
async def test_a_run_that_works_or_is_over_is_not_queued_again(state: RunState) -> None:
    desk, run = await on_record(state, owner_slot="dispatcher-0")

    with pytest.raises(InvalidRequest, match=str(state)):
        await queue_waiting(run.id, desk=desk)


async def test_what_a_gone_process_worked_on_is_queued_and_its_writes_are_refused() -> None:
    desk, run = await on_record(RunState.RUNNING, owner_slot="dispatcher-7")

    assert await release_abandoned({"dispatcher-1"}, but=(), desk=desk) == ()
    assert await release_abandoned({"dispatcher-7"}, but={run.id}, desk=desk) == ()
    (released,) = await release_abandoned({"dispatcher-7"}, but=(), desk=desk)

    assert (released.state, released.owner_slot, released.generation) == (RunState.QUEUED, None, 2)
    with pytest.raises(RunFenced):
        async with desk.store.begin() as session:
            await session.runs.update(run)


async def test_a_run_that_is_handed_over_keeps_its_generation_and_one_that_was_taken_is_left_alone() -> None:
    desk, run = await on_record(RunState.RUNNING, owner_slot="dispatcher-0")

    await hand_over(run, desk=desk)
    assert (await stored(run, desk)).state is RunState.QUEUED
    assert (await stored(run, desk)).generation == 1

    async with desk.store.begin() as session:
        taken = await session.runs.take_over(run.id, owner_slot="dispatcher-1")
        await session.runs.update(replace(taken, state=RunState.RUNNING))
    await hand_over(run, desk=desk)
    assert (await stored(run, desk)).owner_slot == "dispatcher-1"


async def test_a_run_that_ends_whoever_works_on_it_is_given_up_and_may_be_tried_again() -> None:
    desk, run = await on_record(RunState.QUEUED)

    async def crash() -> bool:
        """Let a dispatcher claim the run and be gone; False when there was nothing to claim."""
        opened = await claim_run(owner_slot="dispatcher-0", at_once=None, desk=desk)
        await release_abandoned({"dispatcher-0"}, but=(), desk=desk)
        return opened is not None

    crashes = [await crash() for _ in range(MOST_TAKEOVERS + 3)]

    # The first time it was begun, not taken over.
    assert crashes == [True] * (MOST_TAKEOVERS + 1) + [False] * 2
    async with desk.store.begin() as session:
        last = (await session.events.of_run(run.id))[-1]
    assert (last.type, decode(last.data, RunParked).code) == ("run.parked", "run.crashes")
    assert (await stored(run, desk)).state is RunState.FAILED
    await queue_waiting(run.id, desk=desk)
    assert await crash()


async def test_a_run_that_may_end_its_process_waits_until_the_process_works_on_nothing_else() -> None:
    desk, run = await on_record(RunState.QUEUED)
    behind = await another(desk, run, RunState.QUEUED)
    await crash_often(desk, ALONE_AFTER)

    assert await claim_run(owner_slot="dispatcher-0", at_once=None, desk=desk, is_busy=True) is None
    opened = await claim_run(owner_slot="dispatcher-0", at_once=None, desk=desk)

    assert opened is not None
    assert (opened.run.id, opened.takeovers) == (run.id, ALONE_AFTER)
    assert (await stored(behind, desk)).state is RunState.QUEUED


async def test_handing_over_in_good_order_is_no_crash() -> None:
    desk, run = await on_record(RunState.QUEUED)
    await claim_run(owner_slot="dispatcher-0", at_once=None, desk=desk)
    await release_abandoned({"dispatcher-0"}, but=(), desk=desk)

    for _ in range(MOST_TAKEOVERS + 4):
        opened = await claim_run(owner_slot="dispatcher-0", at_once=None, desk=desk)
        assert opened is not None
        await hand_over(opened.run, desk=desk)

    assert (await stored(run, desk)).state is RunState.QUEUED


class _Near(TinyRepositories):
    """Says whether a folder is here; before that it does what a test wants."""

    def __init__(self, before: Callable[[], Awaitable[object]] | None = None, *, is_near: bool = False) -> None:
        super().__init__()
        self.before, self.is_near, self.asked = before, is_near, 0

    @override
    async def is_reachable(self, repository: Repository, commit: CommitId) -> bool:
        self.asked += 1
        if self.before is not None:
            await self.before()
        return self.is_near


async def test_a_run_out_of_reach_stays_queued_and_is_looked_at_again_later() -> None:
    desk, run = await on_record(RunState.QUEUED)
    near, now_s = _Near(), [0.0]
    reach = Reach(near, now_s=lambda: now_s[0])

    assert await claim_run(owner_slot="dispatcher-0", at_once=1, desk=desk, reach=reach) is None
    assert await claim_run(owner_slot="dispatcher-0", at_once=1, desk=desk, reach=reach) is None
    left = await stored(run, desk)
    near.is_near = True
    assert await claim_run(owner_slot="dispatcher-0", at_once=1, desk=desk, reach=reach) is None
    now_s[0] += ASK_AGAIN_S + 1
    opened = await claim_run(owner_slot="dispatcher-0", at_once=1, desk=desk, reach=reach)

    assert (left.state, left.owner_slot, left.generation) == (RunState.QUEUED, None, 1)
    assert opened is not None
    assert near.asked == 2


async def test_a_folder_that_does_not_answer_keeps_nobody_from_other_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eaa.engine.reach.LOOK_S", 0.01)
    desk, run = await on_record(RunState.QUEUED)
    reach = Reach(_Near(asyncio.Event().wait))

    assert await claim_run(owner_slot="dispatcher-0", at_once=1, desk=desk, reach=reach) is None

    assert (await stored(run, desk)).state is RunState.QUEUED
    assert reach.far() == {run.id}


async def test_nobody_looks_for_a_folder_inside_a_transaction() -> None:
    desk, run = await on_record(RunState.QUEUED)

    async def look() -> None:
        # There is one transaction at a time: inside of another this would wait for ever.
        async with asyncio.timeout(20):
            assert (await stored(run, desk)).state is RunState.QUEUED

    reach = Reach(_Near(look, is_near=True))
    assert await claim_run(owner_slot="dispatcher-0", at_once=1, desk=desk, reach=reach) is not None
