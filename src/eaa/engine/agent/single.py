"""One question to a model, outside of any conversation: the brief and an assignment in, JSON out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from eaa.domain.ask import Ask
from eaa.domain.brief import Brief
from eaa.domain.completion import CompletionRequest, Message, Speaker, Text
from eaa.domain.role import RoleName
from eaa.domain.spent import Spent, spent_on
from eaa.engine.agent.desk import AgentDesk, account_of
from eaa.engine.brief import render_brief
from eaa.engine.llm.answers.structured import ask_for_json
from eaa.engine.llm.prompts import find_prompt, render

SYSTEM_PROMPT = "agent/system"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model said, fitting the prompt's schema."""

    value: Any
    spent: Spent
    """On every try."""


async def ask_once(
    brief: Brief, prompt_name: str, values: Mapping[str, str], *, role: RoleName, agents: AgentDesk
) -> Answered:
    """Return a model's answer to a prompt that names an answer schema.

    Raises:
        PromptInvalid: The prompt cannot be used.
        AnswerInvalid: No answer fitted the schema. (`AnswerTruncated`, `AnswerRefused` likewise.)
        ModelFault: No model answered.
        BudgetExhausted: There is no room for the call.
    """
    system = find_prompt(SYSTEM_PROMPT, files=agents.prompts)
    prompt = find_prompt(prompt_name, files=agents.prompts)
    request = CompletionRequest(
        messages=(
            Message(Speaker.SYSTEM, (Text(render(system, {}), ends_prefix=True),)),
            Message(Speaker.USER, (Text(render_brief(brief)), Text(render(prompt, values)))),
        ),
        answer_schema_json=prompt.answer_schema_json,
    )
    ask = Ask(
        request,
        account=account_of(brief),
        role=role,
        kind=brief.task.kind,
        size=prompt.tier,
        model=agents.model,
        needs=prompt.needs,
        prompt_sha256=prompt.sha256,
        is_cached=False,
    )
    structured = await ask_for_json(ask, orchestrator=agents.orchestrator, schemas=agents.schemas)
    costs = (spent_on(answer.completion.usage, answer.cost_microusd) for answer in structured.answers)
    return Answered(structured.value, reduce(add, costs, Spent()))
