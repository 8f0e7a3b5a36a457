"""An answer that fits a schema: asked for, taken out of its wrapping, checked, and asked for again with the error."""

from dataclasses import dataclass, replace
from typing import Any

from eaa.domain.ask import Answer, Ask
from eaa.domain.completion import Message, Speaker, Text
from eaa.domain.model_errors import AnswerInvalid
from eaa.engine.llm.answers.json_text import find_json
from eaa.engine.llm.answers.wholeness import check_whole
from eaa.kit.bounded import bound_text
from eaa.ports.orchestrator import Orchestrator
from eaa.ports.schemas import Schemas

TRIES = 3
"""The first one and two more with the error shown."""
_SHOWN_CHARACTERS = 6_000


@dataclass(frozen=True, slots=True)
class Structured:
    """A value that fits its schema, and every answer that it took."""

    value: Any
    answers: tuple[Answer, ...]


async def ask_for_json(ask: Ask, *, orchestrator: Orchestrator, schemas: Schemas) -> Structured:
    """Return the value that a model gives for `ask.request.answer_schema_json`.

    Raises:
        AnswerInvalid: Three answers in a row did not fit; the message holds the last problems.
        AnswerTruncated: An answer was cut off; asking again would cut it off again.
        AnswerRefused: The model declined.
        ModelFault: No model answered.
        BudgetExhausted: There is no room for the next try.
        ValueError: The ask has no schema, or one that is none.
    """
    schema_json = ask.request.answer_schema_json
    if schema_json is None:
        raise ValueError("the ask has no answer schema")
    answers: list[Answer] = []
    problems: tuple[str, ...] = ()
    for _ in range(TRIES):
        answer = await orchestrator.complete(ask)
        answers.append(answer)
        check_whole(answer.completion, model=answer.model)
        value, problems = _held_against(answer.completion.text, schema_json, schemas)
        if not problems:
            return Structured(value, tuple(answers))
        ask = _again(ask, answer.completion.text, problems)
    raise AnswerInvalid(
        f"{TRIES} answers did not fit the schema; the last: {'; '.join(problems)}",
        model=answers[-1].model,
        hint="A stronger model, or a simpler schema, may help.",
    )


def _held_against(text: str, schema_json: str, schemas: Schemas) -> tuple[Any, tuple[str, ...]]:
    try:
        value = find_json(text)
    except ValueError as error:
        return None, (str(error),)
    return value, schemas.problems(value, schema_json)


def _again(ask: Ask, said: str, problems: tuple[str, ...]) -> Ask:
    """Return the ask that shows a model its answer and what is wrong with it; nothing before it is rewritten."""
    listed = "\n".join(f"- {problem}" for problem in problems)
    complaint = f"That does not fit the schema:\n{listed}\nGive the whole JSON again, corrected, and nothing else."
    more = (
        Message(Speaker.ASSISTANT, (Text(bound_text(said, limit_characters=_SHOWN_CHARACTERS)),)),
        Message(Speaker.USER, (Text(complaint),)),
    )
    # The same question again would be answered from the cache by the same words.
    return replace(ask, request=replace(ask.request, messages=ask.request.messages + more))
