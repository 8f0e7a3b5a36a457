"""The agent loop over a scripted model."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from typing_extensions import override

from eaa.adapters.memory.models import ScriptedModels
from eaa.adapters.memory.progress import RecordingProgress
from eaa.adapters.memory.steering import MemorySteering
from eaa.domain.command import Command, CommandResult
from eaa.domain.completion import Speaker, StopReason, ToolCall
from eaa.domain.errors import RunFenced
from eaa.domain.model_errors import ModelOverloaded
from eaa.domain.transcript import (
    Compacted,
    Ended,
    EndReason,
    Interrupted,
    Replied,
    Resumed,
    Told,
    ToolEnded,
    ToolStarted,
    Voice,
)
from eaa.engine.agent.limits import Limits
from eaa.engine.agent.tools.specs import READING_TOOLS
from eaa.engine.agent.tools.toolset import MOST_CALLS
from eaa.engine.loop import NOT_MADE, UNDONE, run_loop
from tests.support.agent_world import (
    COST_MICROUSD,
    USAGE,
    AgentWorld,
    Folder,
    Killed,
    MortalStore,
    call,
    results_in,
    says,
    scripted_by_position,
    shell,
    submits,
    world,
)


def append_line(folder: Folder) -> tuple[int, str]:
    """Add a line to a file: run twice, it is there twice."""
    folder["log"] = folder.get("log", b"") + b"line\n"
    return 0, ""


def fails(folder: Folder) -> tuple[int, str]:
    return 1, f"log has {folder.get('log', b'').count(b'line')} lines"


TEN_STEPS = (
    shell("look"),
    says(call("read", path="a.py")),
    says(call("search", pattern="x")),
    shell("append"),
    says(call("edit", path="a.py", old="x = 1", new="x = 2")),
    shell("test"),
    says("Two at once.", call("edit", 0, path="b.py", content="y = 1\n"), call("shell", 1, command="append")),
    says(call("edit", patch="--- a/b.py\n+++ b/b.py\n@@ -1 +1,2 @@\n y = 1\n+z = 1\n")),
    shell("test"),
    submits("x is two."),
)
PROGRAMS = {
    "look": lambda _folder: (0, "a.py"),
    "append": append_line,
    "test": fails,
    "x": lambda _folder: (0, "./a.py"),
}
PROGRAMS["."] = lambda _folder: (0, "./a.py:1:x = 1")
COMMANDS = ["look", ".", "append", "test", "append", "test"]
FINAL = {"a.py": "x = 2\n", "b.py": "y = 1\nz = 1\n", "log": "line\nline\n"}


def ten_steps() -> AgentWorld:
    return AgentWorld({"a.py": "x = 1\n"}, scripted_by_position(TEN_STEPS), PROGRAMS)


async def test_a_model_works_until_it_submits() -> None:
    agent = ten_steps()

    outcome = await agent.work()

    assert outcome.ended == Ended(EndReason.SUBMITTED, "x is two.")
    assert agent.tree(outcome.tree) == FINAL
    assert agent.tree(outcome.start) == {"a.py": "x = 1\n"}
    assert agent.sandbox.ran == COMMANDS
    assert outcome.used.answers == 10
    assert outcome.used.tokens.total_tokens == 10 * USAGE.total_tokens
    assert outcome.used.cost_microusd == 10 * COST_MICROUSD


async def test_every_prompt_begins_with_the_one_before_it() -> None:
    agent = ten_steps()

    await agent.work()

    prompts = agent.prompts()
    assert len(prompts) == 10
    for before, after in pairwise(prompts):
        assert after.messages[: len(before.messages)] == before.messages
        assert after.tools == before.tools


async def test_every_call_is_answered_in_its_place() -> None:
    agent = ten_steps()

    await agent.work()

    for message, following in pairwise(agent.prompts()[-1].messages):
        calls = [part.id for part in message.parts if isinstance(part, ToolCall)]
        if calls:
            assert [getattr(part, "call_id", None) for part in following.parts] == calls


async def _count_entries() -> int:
    agent = ten_steps()
    await agent.work()
    return len(await agent.entries())


async def test_a_loop_killed_at_any_entry_goes_on_and_leaves_the_same_tree() -> None:
    entries = await _count_entries()
    assert entries > 25
    for is_written in (False, True):
        for at in range(1, entries + 1):
            agent = ten_steps()
            desk = agent.desk
            mortal = replace(agent, desk=replace(desk, store=MortalStore(desk.store, at=at, is_written=is_written)))
            with pytest.raises(Killed):
                await mortal.work()
            in_flight = _in_flight(await agent.entries())

            next_one = await agent.revived(desk)
            outcome = await next_one.work()

            assert agent.tree(outcome.tree) == FINAL, (at, is_written)
            assert outcome.ended == Ended(EndReason.SUBMITTED, "x is two.")
            ran = [*mortal.sandbox.ran, *next_one.sandbox.ran]
            assert _without_one(ran, in_flight) == COMMANDS, (at, is_written, ran)


def _in_flight(entries: Sequence[object]) -> bool:
    """Return whether a command had begun and nobody saw its end."""
    return bool(entries) and isinstance(entries[-1], ToolStarted)


def _without_one(ran: list[str], is_doubled: bool) -> list[str]:
    """Take away the first of two equal neighbours: a call in flight that was made again, and no other."""
    if len(ran) == len(COMMANDS):
        return ran
    for index in range(len(ran) - 1):
        if ran[index] == ran[index + 1] and [*ran[:index], *ran[index + 1 :]] == COMMANDS:
            # A search changes nothing and is simply made again; a command is undone and told first.
            assert is_doubled or ran[index] == "."
            return COMMANDS
    return ran


async def test_a_loop_killed_again_and_again_still_comes_to_its_end() -> None:
    agent = ten_steps()
    desk = agent.desk
    process, deaths, outcome = agent, 0, None
    while outcome is None:
        process = replace(process, desk=replace(desk, store=MortalStore(desk.store, at=4, is_written=True)))
        try:
            outcome = await process.work()
        except Killed:
            deaths += 1
            process = await process.revived(desk)

    assert deaths > 5
    assert agent.tree(outcome.tree) == FINAL


async def test_an_interrupted_command_is_undone_and_told() -> None:
    agent = AgentWorld({"a.py": ""}, scripted_by_position((shell("append"), submits())), PROGRAMS)
    mortal = replace(agent, desk=replace(agent.desk, store=MortalStore(agent.desk.store, at=4, is_written=False)))
    with pytest.raises(Killed):
        await mortal.work()
    assert mortal.sandbox.ran == ["append"]

    next_one = await agent.revived(agent.desk)
    outcome = await next_one.work()

    kinds = [type(entry) for entry in await agent.entries()]
    assert kinds[3:5] == [Resumed, Interrupted]
    assert agent.tree(outcome.tree)["log"] == "line\n"
    assert results_in(agent.prompts()[1])[0].text == UNDONE


async def test_what_would_have_followed_an_interrupted_command_is_not_made() -> None:
    both = says(call("shell", 0, command="append"), call("edit", 1, path="a.py", content="x = 2\n"))
    agent = AgentWorld({"a.py": "x = 1\n"}, scripted_by_position((both, submits())), PROGRAMS)
    mortal = replace(agent, desk=replace(agent.desk, store=MortalStore(agent.desk.store, at=3, is_written=True)))
    with pytest.raises(Killed):
        await mortal.work()

    outcome = await (await agent.revived(agent.desk)).work()

    results = [result.text for result in results_in(agent.prompts()[1])]
    assert results == [UNDONE, NOT_MADE]
    assert agent.tree(outcome.tree) == {"a.py": "x = 2\n", "log": "line\n"}


async def test_an_answer_with_too_many_calls_has_the_rest_refused() -> None:
    many = says(*(call("edit", number, path=f"{number}.txt", content="x\n") for number in range(MOST_CALLS + 2)))
    agent = world(many, submits())

    outcome = await agent.work()

    results = results_in(agent.prompts()[1])
    assert [result.is_error for result in results] == [False] * MOST_CALLS + [True] * 2
    assert len(agent.tree(outcome.tree)) == 1 + MOST_CALLS


async def test_a_refusal_is_never_longer_than_what_is_shown() -> None:
    agent = world(says(call("read", path="a/" * 50_000)), submits())

    await agent.work()

    assert len(results_in(agent.prompts()[1])[0].text) < 5_000


async def test_an_ended_loop_says_how_it_ended_without_doing_anything() -> None:
    agent = ten_steps()
    first = await agent.work()
    entries = await agent.entries()

    second = await (await agent.revived()).work()

    assert second == first
    assert await agent.entries() == entries


async def test_a_process_that_was_taken_over_writes_nothing_more() -> None:
    agent = ten_steps()
    await agent.work(agent.job(limits=Limits(answers=2)))
    await agent.revived()

    with pytest.raises(RunFenced):
        await agent.work(agent.job(told=(Told(Voice.SYSTEM, "Go on.", key="more"),)))


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        (says(ToolCall("c", "shell", '{"command": ')), "not JSON"),
        (says(ToolCall("c", "shell", "[]")), "not an object"),
        (says(call("sing", song="la")), "there is no tool 'sing'"),
        (says(call("shell", cmd="ls")), "command"),
        (says(call("read", path="../etc/passwd")), "outside of the workspace"),
        (says(call("read", path="/etc/passwd")), "outside of the workspace"),
        (says(call("edit", path=".git/config", content="x")), "inside of `.git`"),
        (says(call("edit", path="sub/.GIT/config", content="x")), "inside of `.git`"),
        (says(call("read", path="b.py")), "there is no file b.py; there is a.py"),
        (says(call("read", path="a.py", first_line=9)), "has 1 lines"),
        (says(call("shell", command="a\0b")), "zero byte"),
        (says(call("shell", command="\ud800")), "are not JSON"),
        (says(call("submit", summary=" ")), "`summary` is empty"),
    ],
)
async def test_a_call_that_cannot_be_made_is_answered_with_what_is_wrong(answer: object, because: str) -> None:
    agent = world(answer, submits())  # type: ignore[arg-type]

    outcome = await agent.work()

    assert outcome.ended.why is EndReason.SUBMITTED
    result = results_in(agent.prompts()[1])[0]
    assert result.is_error
    assert because in result.text


async def test_a_tool_that_is_not_for_the_role_is_refused_though_it_is_shown() -> None:
    agent = world(says(call("edit", path="a.py", content="x = 2\n")), submits())

    outcome = await agent.work(agent.job(allowed=READING_TOOLS))

    assert outcome.tree == outcome.start
    assert "not for your role" in results_in(agent.prompts()[1])[0].text
    assert "edit" in [tool.name for tool in agent.prompts()[0].tools]


async def test_submitting_together_with_other_calls_is_refused() -> None:
    agent = world(says(call("edit", 0, path="b", content="1\n"), call("submit", 1, summary="Done.")), submits("Seen."))

    outcome = await agent.work()

    assert outcome.ended == Ended(EndReason.SUBMITTED, "Seen.")
    assert "alone" in results_in(agent.prompts()[1])[1].text


async def test_an_answer_without_a_call_is_nudged_twice_and_then_the_loop_ends() -> None:
    agent = world(says("Hm."), says("Well."), says("So."))

    outcome = await agent.work()

    assert outcome.ended.why is EndReason.STUCK
    assert len(agent.prompts()) == 3
    assert sum(isinstance(entry, Told) for entry in await agent.entries()) == 2


async def test_a_call_in_an_answer_that_was_cut_off_is_not_made() -> None:
    cut = says(call("shell", command="append"), stop=StopReason.LENGTH)
    agent = world(cut, says("I was", stop=StopReason.LENGTH), submits(), programs=PROGRAMS)

    outcome = await agent.work()

    assert outcome.ended.why is EndReason.SUBMITTED
    assert agent.sandbox.ran == []
    assert "cut off in this call" in results_in(agent.prompts()[1])[0].text
    told = [entry.text for entry in await agent.entries() if isinstance(entry, Told)]
    assert len(told) == 1
    assert "cut off" in told[0]


async def test_a_model_that_declines_ends_the_loop() -> None:
    outcome = await world(says("I cannot help with that.", stop=StopReason.REFUSAL)).work()

    assert outcome.ended.why is EndReason.FAULT
    assert "cannot help" in outcome.ended.detail


async def test_a_model_that_does_not_answer_ends_the_loop_and_it_goes_on_when_told_so() -> None:
    agent = world(shell("append"), ModelOverloaded("down"), programs=PROGRAMS)
    first = await agent.work()
    assert first.ended.why is EndReason.FAULT
    agent.models.rules += ScriptedModels(submits()).rules

    second = await agent.work(agent.job(told=(Told(Voice.SYSTEM, "The model is back.", key="again 1"),)))

    assert second.ended.why is EndReason.SUBMITTED
    assert agent.tree(second.tree)["log"] == "line\n"


@pytest.mark.parametrize(
    ("limits", "which"),
    [
        (Limits(answers=3), "3 answers of the model"),
        (Limits(tokens=3 * USAGE.total_tokens), "3150 tokens"),
        (Limits(cost_microusd=3 * COST_MICROUSD), "0.00 USD"),
    ],
)
async def test_a_limit_is_held_before_the_model_is_asked(limits: Limits, which: str) -> None:
    agent = ten_steps()

    outcome = await agent.work(agent.job(limits=limits))

    assert outcome.ended == Ended(EndReason.LIMIT, which)
    assert len(agent.prompts()) == 3
    # What was called before is done: the third answer's search has its result.
    assert isinstance((await agent.entries())[-2], ToolEnded)


async def test_a_loop_goes_on_where_a_raised_limit_lets_it() -> None:
    agent = ten_steps()
    await agent.work(agent.job(limits=Limits(answers=3)))

    outcome = await agent.work(agent.job(told=(Told(Voice.SYSTEM, "The limit was raised.", key="raised 1"),)))

    assert outcome.ended.why is EndReason.SUBMITTED
    assert agent.tree(outcome.tree) == FINAL


async def test_a_loop_that_a_person_lets_go_on_has_as_many_answers_again() -> None:
    agent = ten_steps()
    few = Limits(answers=6)
    await agent.work(agent.job(limits=few))

    outcome = await agent.work(agent.job(told=(Told(Voice.SYSTEM, "Go on.", key="execution 2"),), limits=few))

    assert outcome.ended.why is EndReason.SUBMITTED


async def test_money_is_counted_over_the_whole_conversation() -> None:
    agent = ten_steps()
    poor = Limits(cost_microusd=3 * COST_MICROUSD)
    await agent.work(agent.job(limits=poor))

    outcome = await agent.work(agent.job(told=(Told(Voice.SYSTEM, "Go on.", key="execution 2"),), limits=poor))

    assert outcome.ended.why is EndReason.LIMIT
    assert len(agent.prompts()) == 3


async def test_a_question_waits_for_a_person_and_the_answer_is_said_once() -> None:
    question = says(call("ask", question="Which one?", options=["a", "b"]))
    agent = world(question, submits("It is a."))
    asked = await agent.work()
    assert asked.ended == Ended(EndReason.ASKED, "Which one?", ("a", "b"))

    job = agent.job(told=(Told(Voice.PERSON, "a", key="answer 1"),))
    answered = await agent.work(job)
    again = await agent.work(job)

    assert answered.ended == again.ended == Ended(EndReason.SUBMITTED, "It is a.")
    assert "a" in str(agent.prompts()[1].messages[-1])
    assert sum(isinstance(entry, Told) for entry in await agent.entries()) == 1


async def test_a_bug_report_continues_the_same_conversation() -> None:
    agent = world(submits("First."), submits("Second."))
    await agent.work()

    outcome = await agent.work(agent.job(told=(Told(Voice.SYSTEM, "c1 is red.", key="bug report 1"),)))

    assert outcome.ended.detail == "Second."
    first, second = agent.prompts()
    assert second.messages[: len(first.messages)] == first.messages
    assert second.messages[-1].speaker is Speaker.USER


async def test_what_a_person_says_is_heard_before_the_next_answer() -> None:
    agent = world(shell("look"), submits(), programs=PROGRAMS)
    agent.steering.say("Mind the edge cases.")

    await agent.work()

    assert "Mind the edge cases." in str(agent.prompts()[0].messages[-1])
    assert sum("Mind" in str(message) for message in agent.prompts()[1].messages) == 1


async def test_what_a_person_says_while_the_model_submits_is_heard_first() -> None:
    agent = world(submits("First."), submits("Second."))
    job, ports = agent.job(), agent.ports()
    hears = SubmitHearing(agent)

    async with agent.desk.store.begin() as session:
        await session.runs.add(agent.run)
    outcome = await run_loop(job, replace(ports, steering=hears))

    assert outcome.ended.detail == "Second."
    assert "And the docs." in str(agent.prompts()[1].messages[-1])


class SubmitHearing(MemorySteering):
    """A person who speaks up once the model was asked."""

    def __init__(self, agent: AgentWorld) -> None:
        super().__init__()
        self._agent = agent

    @override
    async def said(self) -> tuple[Told, ...]:
        return (Told(Voice.PERSON, "And the docs.", key="said 1"),) if self._agent.prompts() else ()


async def test_a_person_continues_a_loop_that_has_ended() -> None:
    agent = world(submits("First."), submits("Second."))
    await agent.work()
    agent.steering.say("Also mend the docs.")

    outcome = await agent.work()

    assert outcome.ended.detail == "Second."
    assert len(agent.prompts()) == 2


class StoppingSandbox:
    """A command that never ends, and a person who stops it."""

    kind = "none"

    def __init__(self, agent: AgentWorld) -> None:
        self._agent = agent
        self.was_killed = False

    async def run(self, command: Command, *, root: object) -> CommandResult:
        self._agent.steering.stop()
        try:
            await asyncio.Event().wait()
        finally:
            self.was_killed = True
        raise AssertionError("it never ends by itself")


async def test_a_stop_in_the_middle_of_a_command_ends_both() -> None:
    agent = world(shell("endless"), submits())
    sandbox = StoppingSandbox(agent)
    agent.sandbox = sandbox  # type: ignore[assignment]

    outcome = await agent.work()

    assert outcome.ended.why is EndReason.STOPPED
    assert sandbox.was_killed
    assert len(agent.prompts()) == 1


async def test_a_loop_that_was_stopped_before_asks_nobody() -> None:
    agent = world(submits())
    agent.steering.stop()

    outcome = await agent.work()

    assert outcome.ended.why is EndReason.STOPPED
    assert not any(isinstance(entry, Replied) for entry in await agent.entries())


async def test_going_round_in_circles_is_nudged_then_wants_a_new_plan_then_ends() -> None:
    agent = world(*[shell("test")] * 9, programs=PROGRAMS)

    outcome = await agent.work()

    told = [entry.text for entry in await agent.entries() if isinstance(entry, Told)]
    assert outcome.ended.why is EndReason.STUCK
    assert len(agent.prompts()) == 4
    assert "done this before" in told[0]
    assert "new plan" in told[1]


async def test_the_same_failure_after_a_change_is_no_circle() -> None:
    edits = [says(call("edit", path="a.py", content=f"x = {number}\n")) for number in range(2, 5)]
    script = [step for edit in edits for step in (edit, shell("test"))]
    agent = world(*script, submits(), programs=PROGRAMS)

    outcome = await agent.work()

    assert outcome.ended.why is EndReason.SUBMITTED
    assert not any(isinstance(entry, Told) for entry in await agent.entries())


async def test_a_long_output_is_shown_with_head_and_tail_and_kept_whole() -> None:
    lines = "\n".join(f"line {number}" for number in range(5_000))
    agent = world(shell("long"), submits(), programs={"long": lambda _folder: (0, lines)})

    await agent.work()

    shown = results_in(agent.prompts()[1])[0].text
    ended = next(entry for entry in await agent.entries() if isinstance(entry, ToolEnded))
    assert shown.startswith("exit code 0\nline 0\n")
    assert "line 4999" in shown
    assert "lines left out" in shown
    assert len(shown) < 11_000
    assert ended.output is not None
    assert (await agent.desk.blobs.get(ended.output)).decode() == lines


async def test_a_wish_for_a_package_is_noted_for_a_person() -> None:
    agent = world(says(call("add_dependency", name="attrs", range=">=23", why="classes")), submits())

    outcome = await agent.work()

    assert [(wish.name, wish.range, wish.why) for wish in outcome.wishes] == [("attrs", ">=23", "classes")]


async def test_a_conversation_that_grows_too_long_is_compacted_and_keeps_its_beginning() -> None:
    text = "\n".join(f"{number} words about nothing in particular" for number in range(200))
    programs = {f"talk {number}": lambda _, number=number: (0, f"talk {number}\n{text}") for number in range(8)}
    agent = world(*[shell(f"talk {number}") for number in range(8)], submits(), programs=programs)

    outcome = await agent.work(agent.job(limits=Limits(context_tokens=8_000)))

    compactions = [entry for entry in await agent.entries() if isinstance(entry, Compacted)]
    assert outcome.ended.why is EndReason.SUBMITTED
    assert compactions
    first, last = agent.prompts()[0].messages, agent.prompts()[-1].messages
    assert last[: len(first)] == first
    assert "summed up" in str(last[len(first)])
    assert last[len(first) + 1].speaker is Speaker.ASSISTANT


async def test_whoever_watches_sees_each_step_and_what_it_has_cost_so_far() -> None:
    agent = world(shell("make"), submits())

    await agent.work()

    progress = agent.desk.progress
    assert isinstance(progress, RecordingProgress)
    noted = [line for line in progress.lines if "so far" in line]
    assert [line.split(" · ")[1] for line in noted] == ["0.0012 USD so far", "0.0024 USD so far"]
