"""One question to a model, outside of any conversation: the brief and an assignment in, JSON out.

It is kept like a conversation, in a transcript of its own: an answer that was paid for is not asked for again.
"""

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
from eaa.domain.transcript import Opened
from eaa.engine.agent.desk import AgentDesk, account_of, run_of
from eaa.engine.agent.noted_answers import NotedAnswers
from eaa.engine.agent.transcript import Transcript
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
    brief: Brief, prompt_name: str, values: Mapping[str, str], *, context: str, role: RoleName, agents: AgentDesk
) -> Answered:
    """Return a model's answer to a prompt that names an answer schema; what was answered before is read, not asked.

    Args:
        brief: What the model is told first.
        prompt_name: Of the prompt file.
        values: What fills its gaps.
        context: Names the transcript within the run; one question each.
        role: Who asks.
        agents: Models, and where transcripts are kept.

    Raises:
        PromptInvalid: The prompt cannot be used.
        AnswerInvalid: No answer fitted the schema. (`AnswerTruncated`, `AnswerRefused` likewise.)
        ModelFault: No model answered.
        BudgetExhausted: There is no room for the call.
        RunFenced: Another process has taken the run over.
    """
    system = find_prompt(SYSTEM_PROMPT, files=agents.prompts)
    prompt = find_prompt(prompt_name, files=agents.prompts)
    transcript = await Transcript.open(await run_of(brief, agents), context, desk=agents.desk)
    if transcript.reading.opened is None:
        await transcript.append(
            Opened(
                system=render(system, {}),
                brief=render_brief(brief),
                instruction=render(prompt, values),
                tools=(),
                start=brief.base,
                prompt_sha256=prompt.sha256,
                model=brief.model or agents.model,
                versions=agents.versions,
            )
        )
    ask = Ask(
        _request(transcript.reading.begun(), prompt.answer_schema_json),
        account=account_of(brief),
        role=role,
        kind=brief.task.kind,
        size=prompt.tier,
        model=transcript.reading.begun().model,
        needs=prompt.needs,
        prompt_sha256=prompt.sha256,
        is_cached=False,
    )
    noted = NotedAnswers(agents.orchestrator, transcript, agents.desk.clock)
    structured = await ask_for_json(ask, orchestrator=noted, schemas=agents.schemas)
    costs = (spent_on(answer.completion.usage, answer.cost_microusd) for answer in structured.answers)
    return Answered(structured.value, reduce(add, costs, Spent()))


def _request(opened: Opened, answer_schema_json: str | None) -> CompletionRequest:
    return CompletionRequest(
        messages=(
            Message(Speaker.SYSTEM, (Text(opened.system, ends_prefix=True),)),
            Message(Speaker.USER, (Text(opened.brief), Text(opened.instruction))),
        ),
        answer_schema_json=answer_schema_json,
    )
