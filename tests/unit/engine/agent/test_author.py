"""The author's context over a scripted model."""

from dataclasses import replace

import pytest

from eaa.adapters.memory.models import ScriptedModels
from eaa.domain.artefact import BugReport, Patch, WrittenTests
from eaa.domain.brief import Brief
from eaa.domain.completion import CompletionRequest, Text
from eaa.domain.fix import Confidence
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.parked import PersonAsked
from eaa.domain.transcript import ToolEnded
from eaa.engine.agent.author import Authored, author_assignment, work_as_author
from eaa.engine.agent.conversation import GO_ON, job_of
from eaa.engine.brief import render_brief
from tests.support.agent_world import COST_MICROUSD, AgentWorld, call, says, submits
from tests.support.role_world import RoleWorld, with_handover

FILES = {"shop.py": "def price():\n    return 1\n", "tests/test_shop.py": "def test_price():\n    assert True\n"}
RED = TestId("tests/test_shop.py::test_price")
CHANGES = says(call("edit", path="shop.py", old="return 1", new="return 2"))


async def make_brief(agent: AgentWorld) -> Brief:
    """Return the brief of the patch stage, with a test that somebody else wrote."""
    brief = await RoleWorld().brief(FILES, "price() returns 1, it should return 2.")
    tests = WrittenTests(
        commit=agent.start(),
        paths=("tests/test_shop.py",),
        tests=((CriterionId("c1"), (RED,)),),
        red=(RED,),
        green=(),
        wrong_reason=(),
    )
    return with_handover(replace(brief, base=agent.start()), tests=tests)


async def author(agent: AgentWorld, brief: Brief) -> Authored:
    async with agent.desk.store.begin() as session:
        await session.runs.add(agent.run)
    return await work_as_author(replace(brief, run_id=agent.run.id), agent.ports().tools, agent.agents())


def make_agent(*answers: object) -> AgentWorld:
    return AgentWorld(FILES, ScriptedModels(*answers))  # type: ignore[arg-type]


async def test_a_submitted_change_is_a_fix_on_top_of_the_tests() -> None:
    agent = make_agent(CHANGES, submits("price() returned 1. It returns 2."))

    authored = await author(agent, await make_brief(agent))

    (fix,) = authored.result.fixes
    assert [(change.path, change.content) for change in fix.changes] == [("shop.py", b"def price():\n    return 2\n")]
    assert authored.note == "price() returned 1. It returns 2."
    assert fix.confidence is Confidence.DRAFT
    assert "+    return 2" in fix.diff
    assert authored.model == "scripted"
    assert authored.spent.cost_microusd == 2 * COST_MICROUSD


async def test_what_the_author_does_to_tests_is_left_out() -> None:
    weakens = says(call("edit", path="tests/test_shop.py", content="def test_price():\n    pass\n"))
    adds = says(call("edit", path="tests/test_more.py", content="def test_more():\n    pass\n"))
    agent = make_agent(CHANGES, weakens, adds, submits())

    authored = await author(agent, await make_brief(agent))

    assert [change.path for change in authored.result.fixes[0].changes] == ["shop.py"]
    assert "left out: changes of tests/test_more.py, tests/test_shop.py" in authored.note


async def test_a_question_parks_the_run_and_keeps_the_files() -> None:
    agent = make_agent(CHANGES, says(call("ask", question="Gross or net?")))

    with pytest.raises(PersonAsked, match=r"Gross or net\?"):
        await author(agent, await make_brief(agent))

    trees = [entry.tree for entry in await agent.entries() if isinstance(entry, ToolEnded) and entry.tree]
    assert "return 2" in agent.tree(trees[-1])["shop.py"]


async def test_a_parked_conversation_goes_on_in_the_next_execution() -> None:
    agent = make_agent(CHANGES, says(call("ask", question="Gross or net?")), submits("Gross."))
    brief = await make_brief(agent)
    with pytest.raises(PersonAsked):
        await author(agent, brief)
    later = await agent.revived()

    authored = await work_as_author(
        replace(brief, run_id=later.run.id, generation=later.run.generation), later.ports().tools, later.agents()
    )

    assert authored.note == "Gross."
    assert GO_ON in str(later.prompts()[2].messages[-1])


async def test_submitting_without_a_change_leaves_no_fix() -> None:
    agent = make_agent(submits("It is right already."))

    authored = await author(agent, await make_brief(agent))

    assert authored.result.fixes == ()
    assert "It is right already." in authored.result.note


async def test_an_author_that_changed_only_tests_is_said_to_have_done_so() -> None:
    agent = make_agent(
        says(call("edit", path="tests/test_shop.py", content="def test_price():\n    pass\n")), submits(), submits()
    )

    authored = await author(agent, await make_brief(agent))

    assert authored.result.fixes == ()
    assert "left out: changes of tests/test_shop.py" in authored.result.note


async def test_a_bug_report_goes_back_into_the_same_conversation() -> None:
    further = says(call("edit", path="shop.py", old="return 2", new="return 3"))
    agent = make_agent(CHANGES, submits(), further, submits("Three."))
    brief = await make_brief(agent)
    first = await author(agent, brief)
    patch = Patch(commit=None, fix=first.result, chosen=0, quality=(), note="", author=first.model)

    second = await author(agent, with_handover(brief, patch=patch, bug_reports=(BugReport("test_price is red", 1),)))

    assert b"return 3" in (second.result.fixes[0].changes[0].content or b"")
    assert "test_price is red" in str(agent.prompts()[2].messages[-1])


async def test_the_brief_is_the_same_for_every_role_and_the_instruction_comes_last() -> None:
    agent = make_agent(submits())
    brief = await make_brief(agent)

    await author(agent, brief)

    prompt: CompletionRequest = agent.prompts()[0]
    system, user = prompt.messages
    shared, own = user.parts
    assert shared == Text(render_brief(brief), ends_prefix=True)
    assert isinstance(own, Text)
    assert RED in own.text
    assert RED not in str(system)


async def test_the_words_that_every_prompt_repeats_are_few() -> None:
    agent = make_agent()
    brief = await make_brief(agent)

    job = job_of(author_assignment(brief), brief, agent.run, agent.agents())

    tools = "".join(tool.name + tool.description + tool.parameters_json for tool in job.opened.tools)
    assert len(job.opened.system) + len(tools) < 4_000


async def test_an_author_of_nothing_but_tests_hears_so_once_and_may_go_on() -> None:
    weakens = says(call("edit", path="tests/test_shop.py", content="def test_price():\n    pass\n"))
    agent = make_agent(weakens, submits("The test was wrong."), CHANGES, submits("The code was."))

    authored = await author(agent, await make_brief(agent))

    assert [change.path for change in authored.result.fixes[0].changes] == ["shop.py"]
    assert "All that you changed is tests (tests/test_shop.py)" in str(agent.prompts()[2].messages[-1])
    assert authored.note.startswith("The code was.")
