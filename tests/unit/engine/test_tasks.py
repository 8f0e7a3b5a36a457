"""Tasks and their runs as people look at them."""

from dataclasses import replace

import pytest

from eaa.domain.directive import DirectiveKind
from eaa.domain.effect import EffectState
from eaa.domain.errors import InvalidRequest, RunNotFound, TaskNotFound
from eaa.domain.ids import RunId
from eaa.domain.question import Question
from eaa.domain.transcript import EndReason
from eaa.domain.verdict import TaskVerdict
from eaa.engine.directives import tell
from eaa.engine.tasks import find_run, newest_tasks, tell_story
from tests.makers import make_effect, make_run, make_task
from tests.support.agent_world import call, says, submits, world
from tests.support.flow_world import FlowWorld, make_desk


async def test_a_run_is_found_by_its_id_and_a_task_means_its_newest_run() -> None:
    desk = make_desk()
    async with desk.store.begin() as session:
        for task in (make_task(), make_task(task_id="tsk_2")):
            await session.tasks.add(task)
        for run in (make_run(), make_run(run_id="run_2", attempt=2)):
            await session.runs.add(run)

    assert (await find_run("run_1", desk=desk)).id == "run_1"
    assert (await find_run("tsk_1", desk=desk)).id == "run_2"
    with pytest.raises(InvalidRequest, match="no run"):
        await find_run("tsk_2", desk=desk)
    with pytest.raises(InvalidRequest, match="names no run and no task"):
        await find_run("1", desk=desk)
    with pytest.raises(RunNotFound):
        await find_run("run_none", desk=desk)
    with pytest.raises(TaskNotFound):
        await find_run("tsk_none", desk=desk)


async def test_the_newest_tasks_come_with_their_newest_run_and_what_it_has_published() -> None:
    desk = make_desk()
    async with desk.store.begin() as session:
        await session.tasks.add(make_task())
        await session.tasks.add(make_task(task_id="tsk_2"))
        await session.runs.add(make_run(run_id="run_2"))
        await session.effects.intend(make_effect(run_id="run_2", marker="eaa/fix"))

    begun = await newest_tasks(limit=5, desk=desk)
    async with desk.store.begin() as session:
        (effect,) = await session.effects.of_run(RunId("run_2"))
        await session.effects.update(replace(effect, state=EffectState.CONFIRMED, receipt="abc"))
    done = await newest_tasks(limit=5, desk=desk)

    assert {line.task.id: line.run.id if line.run else None for line in begun} == {"tsk_1": "run_2", "tsk_2": None}
    assert [line.branch for line in begun] == [None, None]
    assert [line.branch for line in done if line.run] == ["eaa/fix"]
    assert len(await newest_tasks(limit=1, desk=desk)) == 1


async def test_the_story_of_a_run_tells_its_steps_events_and_questions() -> None:
    flow = FlowWorld()
    result = await flow.change({"calc.py": "def add(a, b):\n    return a + b\n"}, "Make it nicer")
    run = await find_run(result.run_id, desk=flow.desk)

    story = await tell_story(run, desk=flow.desk)

    assert result.verdict is TaskVerdict.NEEDS_DECISION
    assert [step.name for step in story.steps] == ["environment and baseline", "PM · requirement"]
    assert [event.type for event in story.events][-1] == "run.ended"
    assert story.questions == result.questions != ()
    assert (story.attempts, story.conversations, story.effects) == ((run,), (), ())


async def test_the_story_tells_how_conversations_stand_and_what_they_ask() -> None:
    agent = world(says(call("ask", question="Which one?", options=["a", "b"])), submits("It is a."))
    async with agent.desk.store.begin() as session:
        await session.tasks.add(make_task())
    await agent.work()

    asked = await tell_story(await find_run(agent.run.id, desk=agent.desk), desk=agent.desk)
    await tell(agent.run.id, DirectiveKind.ANSWER, "a", desk=agent.desk)
    answered = await tell_story(await find_run(agent.run.id, desk=agent.desk), desk=agent.desk)

    assert asked.questions == (Question(text="Which one?", options=("a", "b")),)
    (author,) = asked.conversations
    assert (author.context, author.used.answers) == ("author", 1)
    assert author.ended is not None
    assert author.ended.why is EndReason.ASKED
    assert [one.text for one in answered.directives] == ["a"]
