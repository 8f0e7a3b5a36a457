"""What any process writes down for a run is heard where it works."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from eaa.adapters.memory.workflow import open_memory_workflows
from eaa.domain.command import Command, CommandResult
from eaa.domain.directive import DirectiveKind, Halt
from eaa.domain.errors import DatabaseUnreachable, EaaError, RunPaused, RunStopped, WorkflowCancelled
from eaa.domain.run import Run, RunState
from eaa.domain.transcript import EndReason, Told, Voice
from eaa.engine.directives import halt_without_owner, tell
from eaa.engine.journal import Desk
from eaa.engine.loop import run_loop
from eaa.engine.steering import StoredSteering, heeded_result
from eaa.ports.workflow import Workflow, WorkflowFunction
from tests.support.agent_world import shell, submits, world
from tests.support.flow_world import event_types, make_desk, stored_run


async def stored(desk: Desk, run: Run) -> Run:
    async with desk.store.begin() as session:
        return await session.runs.get(run.id)


async def worked_on(run: Run, function: WorkflowFunction, *, desk: Desk) -> bytes:
    """Work on a run with this function, heeding people."""
    async with open_memory_workflows(table={"work": function}) as workflows:
        await workflows.start("work", run_id=run.id, generation=run.generation, argument=b"")
        return await heeded_result(run, desk=desk, workflows=workflows)


async def test_words_are_heard_by_their_key_and_a_stop_is_none() -> None:
    desk = make_desk()
    run = await stored_run(desk)
    await tell(run.id, DirectiveKind.SAY, "Mind the edge cases.", desk=desk)
    await tell(run.id, DirectiveKind.STOP, desk=desk)
    await tell(run.id, DirectiveKind.ANSWER, "Gross.", desk=desk)

    said = await StoredSteering(run.id, store=desk.store).said()

    assert said == (
        Told(Voice.PERSON, "Mind the edge cases.", key="directive 1"),
        Told(Voice.PERSON, "The answer to your question: Gross.", key="directive 3"),
    )


async def test_a_stop_is_noticed_and_a_pause_is_none() -> None:
    desk = make_desk()
    run = await stored_run(desk)
    await tell(run.id, DirectiveKind.PAUSE, desk=desk)
    steering = StoredSteering(run.id, store=desk.store)
    stopped = asyncio.ensure_future(steering.until_stopped())

    assert await steering.until_halted() is Halt.PAUSED
    assert not stopped.done()
    await tell(run.id, DirectiveKind.STOP, desk=desk)

    await asyncio.wait_for(stopped, timeout=10)


class AwayAtFirst(StoredSteering):
    """Its database does not answer the first look."""

    looks = 0

    async def halt(self) -> Halt | None:
        self.looks += 1
        if self.looks == 1:
            raise DatabaseUnreachable(database="test", because="it is away")
        return await super().halt()


async def test_a_database_that_is_away_for_a_moment_is_asked_again() -> None:
    desk = make_desk()
    run = await stored_run(desk)
    await tell(run.id, DirectiveKind.STOP, desk=desk)

    assert await AwayAtFirst(run.id, store=desk.store).until_halted() is Halt.STOPPED


@pytest.mark.parametrize(
    ("kind", "error", "state", "event"),
    [
        (DirectiveKind.STOP, RunStopped, RunState.CANCELLED, "run.ended"),
        (DirectiveKind.PAUSE, RunPaused, RunState.WAITING, "run.paused"),
    ],
)
async def test_the_step_in_flight_is_over_when_a_run_is_marked(
    kind: DirectiveKind, error: type[EaaError], state: RunState, event: str
) -> None:
    desk, seen = make_desk(), list[RunState]()
    run = await stored_run(desk)

    async def endless() -> bytes:
        await tell(run.id, kind, desk=desk)
        try:
            await asyncio.Event().wait()
        finally:
            seen.append((await stored(desk, run)).state)
        return b""

    async def work(workflow: Workflow, _: bytes) -> bytes:
        return await workflow.step("endless", endless)

    with pytest.raises(error, match="nothing was published"):
        await worked_on(run, work, desk=desk)

    ended = await stored(desk, run)
    assert seen == [RunState.RUNNING]
    assert (ended.state, ended.owner_slot) == (state, None)
    assert await event_types(desk, run.id) == [event]


async def test_who_was_marked_by_the_one_who_stopped_it_says_so_too() -> None:
    desk = make_desk()
    run = await stored_run(desk)

    async def endless() -> bytes:
        await tell(run.id, DirectiveKind.STOP, desk=desk)
        await halt_without_owner(run, Halt.STOPPED, desk=desk)
        await asyncio.Event().wait()
        return b""

    async def work(workflow: Workflow, _: bytes) -> bytes:
        return await workflow.step("endless", endless)

    with pytest.raises(RunStopped):
        await worked_on(run, work, desk=desk)

    assert await event_types(desk, run.id) == ["run.ended"]


async def test_a_run_that_nobody_stops_ends_as_always() -> None:
    desk = make_desk()
    run = await stored_run(desk)

    async def work(workflow: Workflow, _: bytes) -> bytes:
        return b"done"

    async def fail(workflow: Workflow, _: bytes) -> bytes:
        raise WorkflowCancelled("by something else")

    assert await worked_on(run, work, desk=desk) == b"done"
    with pytest.raises(WorkflowCancelled):
        await worked_on(run, fail, desk=desk)
    assert (await stored(desk, run)).state is RunState.RUNNING


async def test_a_loop_hears_what_is_written_down_and_ends_with_a_stop_in_the_middle_of_a_command() -> None:
    agent = world(shell("look"), shell("endless"), submits(), programs={"look": lambda _: (0, "a.py")})
    steering = StoredSteering(agent.run.id, store=agent.desk.store)
    killed: list[str] = []
    usual = agent.sandbox

    class Endless:
        kind = "none"

        async def run(self, command: Command, *, root: Path) -> CommandResult:
            if "endless" not in str(command.argv):
                await tell(agent.run.id, DirectiveKind.SAY, "Mind the edge cases.", desk=agent.desk)
                return await usual.run(command, root=root)
            await tell(agent.run.id, DirectiveKind.STOP, desk=agent.desk)
            try:
                await asyncio.Event().wait()
            finally:
                killed.append("endless")
            raise AssertionError("it never ends by itself")

    async with agent.desk.store.begin() as session:
        await session.runs.add(agent.run)
    outcome = await run_loop(agent.job(), replace(agent.ports(), sandbox=Endless(), steering=steering))

    assert outcome.ended.why is EndReason.STOPPED
    assert killed == ["endless"]
    assert "Mind the edge cases." in str(agent.prompts()[1].messages[-1])
