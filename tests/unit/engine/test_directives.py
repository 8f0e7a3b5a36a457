"""What people tell a run, and what it amounts to."""

import pytest

from eaa.domain.directive import TEXT_LIMIT_CHARACTERS, DirectiveKind, Halt, halt_of
from eaa.domain.effect import EffectState
from eaa.domain.errors import InvalidRequest, RunFenced, RunNotFound
from eaa.domain.ids import RunId
from eaa.domain.run import RunState
from eaa.engine.directives import halt_without_owner, outside_of, tell
from tests.makers import make_directive, make_effect, make_run
from tests.support.flow_world import event_types, fence, make_desk, stored_run

STOP, PAUSE, RESUME, SAY = DirectiveKind.STOP, DirectiveKind.PAUSE, DirectiveKind.RESUME, DirectiveKind.SAY


@pytest.mark.parametrize(
    ("kinds", "halt"),
    [
        ([], None),
        ([SAY], None),
        ([PAUSE], Halt.PAUSED),
        ([PAUSE, SAY], Halt.PAUSED),
        ([PAUSE, RESUME], None),
        ([PAUSE, RESUME, PAUSE], Halt.PAUSED),
        ([STOP, RESUME], Halt.STOPPED),
        ([PAUSE, STOP], Halt.STOPPED),
    ],
)
def test_a_stop_counts_for_ever_and_a_pause_until_it_is_taken_back(
    kinds: list[DirectiveKind], halt: Halt | None
) -> None:
    assert halt_of([make_directive(sequence=number, kind=kind) for number, kind in enumerate(kinds, 1)]) is halt


@pytest.mark.parametrize("text", ["Mind \0 it", "Mind \ud800 it"])
async def test_words_that_cannot_be_kept_are_refused(text: str) -> None:
    desk = make_desk()
    run = await stored_run(desk)

    with pytest.raises(InvalidRequest, match="the text holds"):
        await tell(run.id, SAY, text, desk=desk)


async def test_what_a_run_is_told_is_numbered_in_order() -> None:
    desk = make_desk()
    run = await stored_run(desk)

    await tell(run.id, SAY, "Mind the edge cases.", desk=desk)
    await fence(desk, run.id)
    await tell(run.id, STOP, desk=desk)

    async with desk.store.begin() as session:
        told = await session.directives.of_run(run.id)
    assert [(one.sequence, one.kind, one.text) for one in told] == [(1, SAY, "Mind the edge cases."), (2, STOP, "")]


@pytest.mark.parametrize("state", [RunState.DONE, RunState.CANCELLED])
async def test_a_run_that_is_over_is_told_nothing(state: RunState) -> None:
    desk = make_desk()
    async with desk.store.begin() as session:
        await session.runs.add(make_run(state=state))

    assert (await tell(RunId("run_1"), STOP, desk=desk)).state is state

    async with desk.store.begin() as session:
        assert await session.directives.of_run(RunId("run_1")) == ()


async def test_nobody_is_told_nothing_and_too_much_is_refused() -> None:
    desk = make_desk()
    run = await stored_run(desk)

    with pytest.raises(RunNotFound):
        await tell(RunId("nobody"), STOP, desk=desk)
    with pytest.raises(InvalidRequest, match="longer than"):
        await tell(run.id, SAY, "a" * (TEXT_LIMIT_CHARACTERS + 1), desk=desk)


async def test_a_run_without_its_process_is_ended_and_that_process_is_fenced() -> None:
    desk = make_desk()
    run = await stored_run(desk)

    ended = await halt_without_owner(run, Halt.STOPPED, desk=desk)

    assert ended is not None
    assert (ended.state, ended.generation, ended.owner_slot) == (RunState.CANCELLED, 2, None)
    assert await event_types(desk, run.id) == ["run.ended"]
    with pytest.raises(RunFenced):
        async with desk.store.begin() as session:
            await session.runs.hold(run.id, generation=1)


async def test_a_run_that_somebody_took_over_meanwhile_is_left_alone() -> None:
    desk = make_desk()
    seen = await stored_run(desk)
    await fence(desk, seen.id)

    assert await halt_without_owner(seen, Halt.STOPPED, desk=desk) is None

    async with desk.store.begin() as session:
        assert (await session.runs.get(seen.id)).state is RunState.RUNNING


def test_what_was_written_outside_is_said_and_what_was_under_way_is_not_called_done() -> None:
    begun, done = make_effect(), make_effect(state=EffectState.CONFIRMED, receipt="abc")

    assert outside_of([]) == "nothing was published"
    assert outside_of([done]).startswith("already written outside: ")
    assert outside_of([begun]).startswith("this was under way, look whether it came through: ")
