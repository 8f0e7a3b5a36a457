"""The same request on the same commit is the same task."""

from dataclasses import replace

import pytest

from eaa.domain.directive import DirectiveKind, Halt
from eaa.domain.errors import InvalidRequest, RunAlive, RunFenced, RunNotFound, RunStopped
from eaa.domain.ids import CommitId, RunId
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.run import ENDED_STATES, RunState
from eaa.engine.directives import halt_without_owner, tell
from eaa.engine.intake import Opened, disown, open_run, take_over, unfinished_runs
from eaa.engine.journal import Desk
from eaa.engine.llm.costs import amount_of_usd
from eaa.engine.steering import StoredSteering
from tests.support.flow_world import event_types, make_desk, make_request

REQUEST = make_request("Fix the discount")


async def opened(desk: Desk) -> Opened:
    """Open the run of the usual request."""
    return await open_run(REQUEST, owner_slot="cli-0", desk=desk)


async def end(desk: Desk, opened: Opened, state: RunState = RunState.DONE) -> None:
    """Store that a run has ended."""
    async with desk.store.begin() as session:
        await session.runs.update(replace(opened.run, state=state))


async def test_a_request_becomes_a_task_a_run_and_an_event() -> None:
    desk = make_desk()

    first = await opened(desk)

    assert first.is_new
    assert (first.run.attempt, first.run.generation, first.run.state) == (1, 1, RunState.RUNNING)
    assert first.run.base_commit == REQUEST.base
    assert first.order.repository == REQUEST.repository
    assert await event_types(desk, first.run.id) == ["run.started"]
    async with desk.store.begin() as session:
        assert (await session.tasks.get(first.run.task_id)).text == "Fix the discount"


async def test_the_same_request_again_is_the_run_that_is_there() -> None:
    desk = make_desk()

    first, second = await opened(desk), await opened(desk)

    assert not second.is_new
    assert second == replace(first, is_new=False)
    assert await event_types(desk, first.run.id) == ["run.started"]


@pytest.mark.parametrize("text", ["Fix \0 it", "Fix \ud800 it"])
def test_a_request_that_no_database_could_keep_is_refused_before_it_is_one(text: str) -> None:
    with pytest.raises(InvalidRequest, match="the request holds"):
        make_request(text)
    with pytest.raises(InvalidRequest, match="the test command holds"):
        replace(REQUEST, environment=replace(REQUEST.environment, test_command=text))
    with pytest.raises(InvalidRequest, match="address holds"):
        replace(REQUEST, repository=replace(REQUEST.repository, source=text))


@pytest.mark.parametrize("usd", [float("inf"), float("nan"), -0.01, 1e300])
def test_a_budget_that_limits_nothing_is_refused(usd: float) -> None:
    with pytest.raises(InvalidRequest, match="is no budget"):
        replace(REQUEST, budget_usd=usd)
    with pytest.raises(InvalidRequest, match="is no budget"):
        amount_of_usd(usd)


async def test_consent_to_push_is_on_record_as_soon_as_the_run_is() -> None:
    desk = make_desk()

    opened = await open_run(replace(REQUEST, has_consent_to_push=True), owner_slot="cli-0", desk=desk)

    assert await event_types(desk, opened.run.id) == ["run.started", "effect.approved"]


async def test_the_same_words_of_somebody_else_are_another_task() -> None:
    desk = make_desk()
    member = await opened(desk)

    stranger = await open_run(replace(REQUEST, origin=Origin.OUTSIDE_CONTRIBUTOR), owner_slot="cli-0", desk=desk)

    assert stranger.is_new
    assert stranger.run.task_id != member.run.task_id
    async with desk.store.begin() as session:
        [event] = await session.events.of_run(stranger.run.id)
    assert event.origin is Origin.OUTSIDE_CONTRIBUTOR


@pytest.mark.parametrize("state", sorted(ENDED_STATES))
async def test_after_its_end_the_same_request_is_a_second_attempt_at_the_task(state: RunState) -> None:
    desk = make_desk()
    first = await opened(desk)
    await end(desk, first, state)

    second = await opened(desk)

    assert second.is_new
    assert second.run.id != first.run.id
    assert second.run.task_id == first.run.task_id
    assert second.run.attempt == 2


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, text="Fix the price"),
        replace(REQUEST, base=CommitId("c" * 40)),
        replace(REQUEST, kind=Kind.BUG),
    ],
    ids=["text", "commit", "kind"],
)
async def test_another_text_commit_or_kind_is_another_task(other: object) -> None:
    desk = make_desk()
    first = await opened(desk)
    assert isinstance(other, type(REQUEST))

    second = await open_run(other, owner_slot="cli-0", desk=desk)

    assert second.is_new
    assert second.run.task_id != first.run.task_id


async def test_a_takeover_raises_the_generation_and_fences_the_former_owner() -> None:
    desk = make_desk()
    first = await opened(desk)

    taken = await take_over(first.run, owner_slot="cli-1", desk=desk)

    assert (taken.run.generation, taken.run.owner_slot) == (2, "cli-1")
    assert taken.order == first.order
    with pytest.raises(RunFenced):
        await end(desk, first)


async def test_a_run_that_never_was_cannot_be_taken_over() -> None:
    desk = make_desk()
    never = replace((await opened(desk)).run, id=RunId("run_none"))

    with pytest.raises(RunNotFound):
        await take_over(never, owner_slot="cli-0", desk=desk)


async def test_of_two_that_take_the_same_run_over_the_second_is_refused() -> None:
    desk = make_desk()
    seen = (await opened(desk)).run
    first = await take_over(seen, owner_slot="cli-1", desk=desk)

    with pytest.raises(RunAlive):
        await take_over(seen, owner_slot="cli-2", desk=desk)

    async with desk.store.begin() as session:
        assert await session.runs.get(seen.id) == first.run


async def test_a_failed_run_that_is_taken_over_is_running_again() -> None:
    desk = make_desk()
    first = await opened(desk)
    await end(desk, first, RunState.FAILED)

    taken = await take_over(first.run, owner_slot="cli-1", desk=desk)

    assert taken.run.state is RunState.RUNNING
    assert await unfinished_runs(desk) == (taken.run,)


async def test_a_paused_run_that_is_taken_over_may_work_again() -> None:
    desk = make_desk()
    first = await opened(desk)
    await tell(first.run.id, DirectiveKind.PAUSE, desk=desk)
    paused = await halt_without_owner(first.run, Halt.PAUSED, desk=desk)
    assert paused is not None

    taken = await take_over(paused, owner_slot="cli-1", desk=desk)

    assert (paused.state, taken.run.state) == (RunState.WAITING, RunState.RUNNING)
    assert await StoredSteering(first.run.id, store=desk.store).halt() is None
    assert await event_types(desk, first.run.id) == ["run.started", "run.paused", "run.resumed"]


async def test_a_run_whose_stop_nobody_carried_out_is_cancelled_instead_of_taken_over() -> None:
    desk = make_desk()
    first = await opened(desk)
    await tell(first.run.id, DirectiveKind.STOP, desk=desk)

    with pytest.raises(RunStopped):
        await take_over(first.run, owner_slot="cli-1", desk=desk)

    assert await unfinished_runs(desk) == ()
    assert (await opened(desk)).is_new


async def test_who_gets_a_slot_disowns_the_runs_of_its_former_holder() -> None:
    desk = make_desk()
    first = await opened(desk)

    await disown("cli-1", desk=desk)
    async with desk.store.begin() as session:
        assert (await session.runs.get(first.run.id)).owner_slot == "cli-0"
    await disown("cli-0", desk=desk)

    async with desk.store.begin() as session:
        assert await session.runs.get(first.run.id) == replace(first.run, owner_slot=None)


async def test_only_runs_without_an_end_are_unfinished() -> None:
    desk = make_desk()
    await end(desk, await opened(desk))
    second = await opened(desk)

    assert await unfinished_runs(desk) == (second.run,)


async def test_a_run_without_an_owner_is_queued_and_begins_with_whoever_takes_it() -> None:
    desk = make_desk()
    queued = await open_run(REQUEST, owner_slot=None, desk=desk)

    taken = await take_over(queued.run, owner_slot="cli-0", desk=desk)

    assert (queued.run.state, queued.run.owner_slot) == (RunState.QUEUED, None)
    assert (taken.run.state, taken.run.owner_slot, taken.run.generation) == (RunState.RUNNING, "cli-0", 2)
    assert await event_types(desk, queued.run.id) == ["run.started"]


async def test_the_same_words_of_somebody_less_trusted_are_another_task() -> None:
    desk = make_desk()
    members = await opened(desk)

    machines = await open_run(replace(REQUEST, origin=Origin.MACHINE), owner_slot="cli-1", desk=desk)

    assert machines.is_new
    assert machines.run.task_id != members.run.task_id
