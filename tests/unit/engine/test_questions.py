"""A run that asked something does not go on before somebody has told it anything."""

from dataclasses import replace

import pytest

from eaa.domain.directive import DirectiveKind
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.errors import InvalidRequest
from eaa.domain.event_data import RunParked
from eaa.domain.ids import CommitId
from eaa.domain.origin import Origin
from eaa.domain.run import Run, RunState
from eaa.engine.codec import encode
from eaa.engine.directives import tell, tell_in
from eaa.engine.intake import started, take_over
from eaa.engine.journal import Desk, event_of_run
from eaa.engine.run_queue import queue_waiting
from eaa.engine.workflows.order import Order
from tests.makers import make_run, make_task
from tests.support.flow_world import make_desk
from tests.support.tiny_world import REPOSITORY


async def parked(code: str) -> tuple[Desk, Run]:
    """Put a run on record that has come to a halt with an error."""
    desk = make_desk()
    run, task = replace(make_run(), state=RunState.WAITING), make_task()
    order = Order(run.id, REPOSITORY, CommitId(task.base), EnvironmentRequest())
    said = RunParked(state=RunState.WAITING, code=code, hint="Answer it.", told=1)
    async with desk.store.begin() as session:
        await session.tasks.add(task)
        await session.runs.add(run)
        await session.events.add(started(run, task, order, desk))
        # What it heard before it asked is no answer.
        await tell_in(session, run.id, DirectiveKind.SAY, "Be quick.", desk=desk)
        await session.events.add(event_of_run(run, Origin.MEMBER, "run.parked", encode(said), desk=desk))
    return desk, run


async def test_it_is_neither_queued_nor_taken_over_without_an_answer() -> None:
    desk, run = await parked("run.asks")
    await tell(run.id, DirectiveKind.PAUSE, desk=desk)

    with pytest.raises(InvalidRequest, match="waits for an answer"):
        await queue_waiting(run.id, desk=desk)
    with pytest.raises(InvalidRequest, match="waits for an answer") as refused:
        await take_over(run, owner_slot="cli-0", desk=desk)

    assert "Answer it." in (refused.value.hint or "")
    async with desk.store.begin() as session:
        assert (await session.runs.get(run.id)).generation == run.generation


@pytest.mark.parametrize("kind", [DirectiveKind.SAY, DirectiveKind.ANSWER, DirectiveKind.OUTSIDE_ANSWER])
async def test_any_words_since_let_it_go_on(kind: DirectiveKind) -> None:
    desk, run = await parked("run.asks")
    await tell(run.id, kind, "Gross.", desk=desk)

    assert (await take_over(run, owner_slot="cli-0", desk=desk)).run.state is RunState.RUNNING


async def test_what_waits_for_something_else_needs_no_words() -> None:
    desk, run = await parked("run.limit")

    assert (await queue_waiting(run.id, desk=desk)).state is RunState.QUEUED
