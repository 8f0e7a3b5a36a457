"""One question to a model, kept like a conversation."""

import json
from dataclasses import replace

import pytest

from eaa.adapters.memory.models import ScriptedModels
from eaa.domain.brief import Brief
from eaa.domain.model_errors import ModelFault
from eaa.domain.role import RoleName
from eaa.domain.transcript import Noted, Opened, Replied, Told
from eaa.engine.agent.single import Answered, ask_once
from eaa.engine.agent.transcript import read_transcript
from tests.support.agent_world import COST_MICROUSD, AgentWorld, says
from tests.support.role_world import RoleWorld

FILES = {"shop.py": "def price():\n    return 1\n"}
READING = {
    "kind": "feature",
    "title": "A price",
    "criteria": [{"text": "A price is told.", "source": "A price"}],
    "questions": [],
}
GOOD = says(json.dumps(READING))
BAD = says("I would say it is a feature.")


async def ask(agent: AgentWorld, brief: Brief) -> Answered:
    async with agent.desk.store.begin() as session:
        await session.runs.add(agent.run)
    brief = replace(brief, run_id=agent.run.id)
    return await ask_once(
        brief, "agent/requirement", {"open": "what?"}, context="requirement", role=RoleName.PM, agents=agent.agents()
    )


async def noted(agent: AgentWorld) -> tuple[Noted, ...]:
    return await read_transcript(agent.run.id, "requirement", store=agent.desk.store, blobs=agent.desk.blobs)


async def test_the_question_and_every_answer_stand_in_a_transcript() -> None:
    agent = AgentWorld(FILES, ScriptedModels(BAD, GOOD))

    answered = await ask(agent, await RoleWorld().brief(FILES, "A price"))

    assert answered.value == READING
    entries = [one.entry for one in await noted(agent)]
    assert [type(entry) for entry in entries] == [Opened, Replied, Told, Replied]
    complaint = entries[2]
    assert isinstance(complaint, Told)
    assert "does not fit the schema" in complaint.text


async def test_an_answer_that_was_paid_for_is_not_asked_for_again() -> None:
    agent = AgentWorld(FILES, ScriptedModels(BAD, GOOD))
    brief = await RoleWorld().brief(FILES, "A price")
    first = await ask(agent, brief)

    again = await ask(agent, brief)

    assert again == first
    assert again.spent.cost_microusd == 2 * COST_MICROUSD
    assert len(agent.prompts()) == 2


async def test_a_question_that_nobody_answered_is_asked_again_in_the_same_words() -> None:
    agent = AgentWorld(FILES, ScriptedModels(ModelFault("down")))
    brief = await RoleWorld().brief(FILES, "A price")
    with pytest.raises(ModelFault):
        await ask(agent, brief)
    agent.models.rules += ScriptedModels(GOOD).rules

    await ask(agent, brief)

    prompts = agent.prompts()
    assert prompts[0].messages == prompts[-1].messages
    assert len(await noted(agent)) == 2
