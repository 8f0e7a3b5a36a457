"""Conversations repeated from their records, over memory: killed, stopped, spoken to, compacted, altered."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from eaa.adapters.memory.models import ScriptedModels
from eaa.domain.command import Command, CommandResult
from eaa.domain.recording import RECORDING_VERSION, RecordedConversation, Recording
from eaa.domain.run import RunState
from eaa.domain.transcript import Ended, EndReason, Interrupted, Noted, Told, Voice
from eaa.engine.agent.limits import Limits
from eaa.engine.loop import run_loop
from eaa.engine.redaction import Redactor
from eaa.engine.replay.answers import RecordedAnswers
from eaa.engine.replay.course import Course, ProcessEnded, RecordEnds
from eaa.engine.replay.difference import ReplayDiffers
from eaa.engine.replay.people import RecordedPeople
from eaa.engine.replay.replaying import ENDLESS
from eaa.engine.replay.sameness import Sameness
from eaa.engine.replay.store import ComparedStore
from tests.makers import make_run, make_task
from tests.support.agent_world import (
    AgentWorld,
    Folder,
    Killed,
    MortalStore,
    Program,
    call,
    says,
    scripted_by_position,
    shell,
    submits,
    world,
)

STEPS = (
    shell("look"),
    says("Two at once.", call("edit", 0, path="b.py", content="y = 1\n"), call("shell", 1, command="append")),
    shell("look"),
    submits("Done."),
)


def append_line(folder: Folder) -> tuple[int, str]:
    folder["log"] = folder.get("log", b"") + b"line\n"
    return 0, f"{folder['log'].count(b'line')} lines"


PROGRAMS: Mapping[str, Program] = {"look": lambda folder: (0, f"{len(folder)} files in 0.12s"), "append": append_line}


def steps(programs: Mapping[str, Program] = PROGRAMS) -> AgentWorld:
    return AgentWorld({"a.py": "x = 1\n"}, scripted_by_position(STEPS), programs)


def recording_of(noted: tuple[Noted, ...], *, state: RunState = RunState.DONE) -> Recording:
    return Recording(
        version=RECORDING_VERSION,
        eaa="test",
        task=make_task(),
        run=make_run(state=state),
        order=b"null",
        steps=(),
        conversations=(RecordedConversation("author", noted),),
        events=(),
    )


async def replayed(recording: Recording, fresh: AgentWorld) -> Course:
    """Repeat a conversation in a world whose models are never asked; every new process is told to go on."""
    course = Course(recording, Sameness(Redactor()))
    desk = replace(fresh.desk, store=ComparedStore(fresh.desk.store, course, fresh.desk.blobs))
    async with fresh.desk.store.begin() as session:
        await session.runs.add(fresh.run)
    process, told = fresh, tuple[Told, ...]()
    while True:
        ports = replace(
            process.ports(), desk=desk, orchestrator=RecordedAnswers(course), steering=RecordedPeople(course)
        )
        try:
            await run_loop(process.job(told=told, limits=ENDLESS), ports)
        except ProcessEnded:
            process = await process.revived()
            told = tuple(
                one.entry
                for one in course.next_entries()[:3]
                if isinstance(one.entry, Told) and one.entry.who is Voice.SYSTEM
            )
        else:
            assert fresh.prompts() == []
            return course


async def test_a_conversation_is_the_same_though_its_durations_differ() -> None:
    agent = steps()
    await agent.work()

    slower = {**PROGRAMS, "look": lambda folder: (0, f"{len(folder)} files in 17.5s")}
    course = await replayed(recording_of(await agent.noted()), steps(slower))

    assert course.is_over
    assert course.difference is None


@pytest.mark.parametrize("is_written", [False, True])
async def test_a_conversation_that_was_killed_at_any_entry_is_the_same(is_written: bool) -> None:
    whole = steps()
    await whole.work()
    interrupted = 0
    for at in range(2, len(await whole.entries()) + 1):
        agent = steps()
        desk = agent.desk
        mortal = replace(agent, desk=replace(desk, store=MortalStore(desk.store, at=at, is_written=is_written)))
        with pytest.raises(Killed):
            await mortal.work()
        await (await agent.revived(desk)).work()

        course = await replayed(recording_of(await agent.noted()), steps())

        assert course.is_over, at
        interrupted += any(isinstance(entry, Interrupted) for entry in await agent.entries())
    assert interrupted > 0


async def test_what_a_person_said_is_said_again_where_it_was_said() -> None:
    agent = world(shell("look"), submits(), programs=PROGRAMS)
    agent.steering.say("Mind the edge cases.")
    await agent.work()

    course = await replayed(recording_of(await agent.noted()), world(programs=PROGRAMS))

    assert course.is_over


class StoppingSandbox:
    """A command that never ends by itself, and a person who stops it."""

    kind = "none"

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop

    async def run(self, command: Command, *, root: Path) -> CommandResult:
        self._stop()
        await asyncio.Event().wait()
        raise AssertionError("it never ends by itself")


async def test_work_that_a_person_stopped_is_stopped_again_and_goes_on_as_it_did() -> None:
    agent = world(shell("endless"), submits(), programs=PROGRAMS)
    agent.sandbox = StoppingSandbox(agent.steering.stop)  # type: ignore[assignment]
    assert (await agent.work()).ended.why is EndReason.STOPPED
    later = replace(await agent.revived(), steering=type(agent.steering)())
    await run_loop(later.job(told=(Told(Voice.SYSTEM, "Go on.", key="execution 2"),)), later.ports())

    fresh = world(programs=PROGRAMS)
    fresh.sandbox = StoppingSandbox(lambda: None)  # type: ignore[assignment]
    course = await replayed(recording_of(await agent.noted()), fresh)

    assert course.is_over


async def test_a_limit_that_was_reached_is_reached_again_whatever_the_limits_are_now() -> None:
    agent = steps()
    await agent.work(agent.job(limits=Limits(answers=2)))

    course = await replayed(recording_of(await agent.noted()), steps())

    assert course.is_over
    assert course.came()[-1].entry == Ended(EndReason.LIMIT, "2 answers of the model")


async def test_a_history_is_compacted_where_it_was_and_as_far_as_it_was() -> None:
    text = "\n".join(f"{number} words about nothing in particular" for number in range(200))
    programs = {f"talk {number}": lambda _folder: (0, text) for number in range(8)}
    answers = [*(shell(f"talk {number}") for number in range(8)), submits()]
    agent = AgentWorld({"a.py": "x = 1\n"}, ScriptedModels(*answers), programs)
    await agent.work(agent.job(limits=Limits(context_tokens=8_000)))

    course = await replayed(
        recording_of(await agent.noted()), AgentWorld({"a.py": "x = 1\n"}, ScriptedModels(), programs)
    )

    assert course.is_over


async def test_another_result_of_a_tool_is_named_and_nothing_comes_after_it() -> None:
    agent = steps()
    await agent.work()

    fresh = steps({**PROGRAMS, "append": lambda _folder: (3, "no room")})
    with pytest.raises(ReplayDiffers) as caught:
        await replayed(recording_of(await agent.noted()), fresh)

    difference = caught.value.difference
    assert (difference.where, difference.field) == ("author, entry 8 (tool ended)", "text")
    assert "1 lines" in difference.recorded
    assert "no room" in difference.now
    assert len(await fresh.entries()) == 7


async def test_a_file_that_comes_out_otherwise_is_named() -> None:
    agent = steps()
    await agent.work()

    def quietly_other(folder: Folder) -> tuple[int, str]:
        append_line(folder)
        folder["log"] += b"\n"
        return 0, "1 lines"

    with pytest.raises(ReplayDiffers, match="tree"):
        await replayed(recording_of(await agent.noted()), steps({**PROGRAMS, "append": quietly_other}))


async def test_a_record_of_a_run_that_stands_still_ends_where_it_stands() -> None:
    agent = steps()
    await agent.work()
    noted = (await agent.noted())[:6]

    with pytest.raises(RecordEnds):
        await replayed(recording_of(noted, state=RunState.WAITING), steps())
    with pytest.raises(ReplayDiffers, match="recorded nothing"):
        await replayed(recording_of(noted), steps())
