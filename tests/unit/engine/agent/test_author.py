"""The author's context over a scripted model."""

from dataclasses import replace
from pathlib import Path

import eaa.engine.llm
from eaa.adapters.files.prompts import FolderPrompts
from eaa.adapters.memory.models import ScriptedModels
from eaa.domain.artefact import BugReport, WrittenTests
from eaa.domain.ask import Account
from eaa.domain.brief import Brief
from eaa.domain.completion import CompletionRequest, Text
from eaa.domain.fix import Confidence
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.transcript import EndReason
from eaa.engine.agent.author import Authored, AuthorOrder, author_job, work_as_author
from eaa.engine.agent.limits import Limits
from eaa.engine.brief import render_brief
from tests.support.agent_world import AgentWorld, call, says, submits
from tests.support.role_world import RoleWorld, with_handover

FILES = {"shop.py": "def price():\n    return 1\n", "tests/test_shop.py": "def test_price():\n    assert True\n"}
RED = TestId("tests/test_shop.py::test_price")
PROMPTS = FolderPrompts(own=Path("/nonexistent"), shipped=(Path(eaa.engine.llm.__file__).parent / "prompt_files",))
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


async def author(agent: AgentWorld, brief: Brief, limits: Limits | None = None) -> Authored:
    async with agent.desk.store.begin() as session:
        await session.runs.add(agent.run)
    order = AuthorOrder(run=agent.run, account=Account(run_id=agent.run.id), limits=limits or Limits())
    return await work_as_author(brief, order, ports=agent.ports(), prompts=PROMPTS)


def make_agent(*answers: object) -> AgentWorld:
    return AgentWorld(FILES, ScriptedModels(*answers))  # type: ignore[arg-type]


async def test_a_submitted_change_is_a_patch_on_top_of_the_tests() -> None:
    agent = make_agent(CHANGES, submits("price() returned 1. It returns 2."))

    authored = await author(agent, await make_brief(agent))

    patch = authored.patch
    assert patch.commit is not None
    assert agent.tree(patch.commit)["shop.py"] == "def price():\n    return 2\n"
    assert patch.note == "price() returned 1. It returns 2."
    assert patch.fix.fixes[0].confidence is Confidence.DRAFT
    assert "+    return 2" in patch.fix.fixes[0].diff


async def test_what_the_author_does_to_the_testers_files_is_left_out() -> None:
    weakens = says(call("edit", path="tests/test_shop.py", content="def test_price():\n    pass\n"))
    agent = make_agent(CHANGES, weakens, submits())

    patch = (await author(agent, await make_brief(agent))).patch

    assert patch.commit is not None
    assert agent.tree(patch.commit)["tests/test_shop.py"] == FILES["tests/test_shop.py"]
    assert "left out: changes of tests/test_shop.py" in patch.note


async def test_a_question_leaves_no_patch_and_keeps_the_files() -> None:
    agent = make_agent(CHANGES, says(call("ask", question="Gross or net?")))

    authored = await author(agent, await make_brief(agent))

    assert authored.patch.commit is None
    assert "Gross or net?" in authored.patch.note
    assert authored.outcome.ended.why is EndReason.ASKED
    assert "return 2" in agent.tree(authored.outcome.tree)["shop.py"]


async def test_submitting_without_a_change_leaves_no_patch() -> None:
    agent = make_agent(submits("It is right already."))

    patch = (await author(agent, await make_brief(agent))).patch

    assert patch.commit is None
    assert "It is right already." in patch.note


async def test_a_bug_report_goes_back_into_the_same_conversation() -> None:
    further = says(call("edit", path="shop.py", old="return 2", new="return 3"))
    agent = make_agent(CHANGES, submits(), further, submits("Three."))
    brief = await make_brief(agent)
    await author(agent, brief)

    second = await author(agent, with_handover(brief, bug_reports=(BugReport("test_price is red", 1),)))

    assert second.patch.commit is not None
    assert "return 3" in agent.tree(second.patch.commit)["shop.py"]
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
    job = author_job(await make_brief(agent), AuthorOrder(agent.run, Account()), prompts=PROMPTS)

    tools = "".join(tool.name + tool.description + tool.parameters_json for tool in job.opened.tools)

    assert len(job.opened.system) + len(tools) < 4_000
