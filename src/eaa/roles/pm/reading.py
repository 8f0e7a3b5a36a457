"""What a request asks for, read by a model where its words alone name nothing that can be tested.

The model may leave out and put in order; it may not invent. A criterion whose source is not in the request is dropped.
"""

import re
from dataclasses import replace
from typing import Annotated

import msgspec

from eaa.domain.artefact import Requirement
from eaa.domain.brief import Brief
from eaa.domain.criterion import Criterion
from eaa.domain.ids import CriterionId
from eaa.domain.kind import Kind
from eaa.domain.model_errors import AnswerInvalid, AnswerRefused, AnswerTruncated
from eaa.domain.question import Question
from eaa.domain.role import RoleName
from eaa.engine.agent.desk import AgentDesk
from eaa.engine.agent.single import ask_once
from eaa.roles.pm.analysis import MOST_CRITERIA, TITLE_CHARACTERS
from eaa.roles.pm.text import clean_text

CONTEXT = "requirement"
PROMPT = "agent/requirement"
_FEWEST_WORDS = 3
"""Of a quotation that is less than a line; a word or two stand in any text."""
_UNREADABLE = (AnswerInvalid, AnswerRefused, AnswerTruncated)


class Wanted(msgspec.Struct, frozen=True):
    """A criterion as a model gives it: its words, and the request's that it comes from."""

    text: str
    source: str


class Asked(msgspec.Struct, frozen=True):
    """A question as a model gives it."""

    text: str
    because: str = ""
    options: tuple[str, ...] = ()


class Reading(msgspec.Struct, frozen=True):
    """A model's answer to the prompt, after it was held against the prompt's schema."""

    kind: Kind
    title: Annotated[str, msgspec.Meta(max_length=TITLE_CHARACTERS)]
    criteria: tuple[Wanted, ...]
    questions: tuple[Asked, ...]


async def read_with_model(brief: Brief, found: Requirement, agents: AgentDesk) -> Requirement:
    """Return what a model makes of a request from which the analysis could take no criterion.

    When no answer can be used, it is what the analysis found: its questions then go to the person.

    Raises:
        ModelFault: No model answered.
        BudgetExhausted: There is no room for the call.
    """
    questions = [question.text for question in found.questions]
    wishes = [f"no test or example was found for: {wish}" for wish in found.unread]
    left_open = "\n".join((*questions, *wishes)) or "which tests would show it"
    try:
        asked = await ask_once(brief, PROMPT, {"open": left_open}, context=CONTEXT, role=RoleName.PM, agents=agents)
    except _UNREADABLE:
        return found
    reading = msgspec.convert(asked.value, Reading)
    return replace(requirement_of(reading, brief, found), spent=asked.spent)


def requirement_of(reading: Reading, brief: Brief, found: Requirement) -> Requirement:
    """Return a model's reading as a requirement that says nothing which the request does not say.

    Criteria that have tests or examples already stay as they were found; the model's come after them.
    """
    text = clean_text(brief.task.text)
    known = [criterion for criterion in found.criteria if criterion.tests or criterion.examples]
    read = [
        Criterion(id=CriterionId("c0"), text=_one_line(wanted.text), source=source, origin=brief.task.origin)
        for wanted, source in _grounded(reading.criteria, text)
        if not any(source in criterion.source or criterion.source in source for criterion in known)
    ]
    criteria = tuple(
        replace(criterion, id=CriterionId(f"c{number}"))
        for number, criterion in enumerate((*known, *read)[:MOST_CRITERIA], 1)
    )
    questions = tuple(Question(_one_line(asked.text), asked.options, asked.because) for asked in reading.questions)
    if not criteria and not questions:
        return found
    return Requirement(
        kind=brief.task.kind or reading.kind,
        kind_because="a person said so" if brief.task.kind else "a model read it so",
        title=_one_line(reading.title)[:TITLE_CHARACTERS] or found.title,
        criteria=criteria or found.criteria,
        questions=questions,
    )


def _grounded(criteria: tuple[Wanted, ...], text: str) -> list[tuple[Wanted, str]]:
    """Return the criteria whose source stands in the text, with the text's own characters; spaces may differ."""
    placed = ((wanted, _verbatim(wanted.source, text)) for wanted in criteria)
    return [(wanted, source) for wanted, source in placed if source is not None]


def _verbatim(source: str, text: str) -> str | None:
    """Return the words of a source as the text has them: at least three, or a whole line, and no parts of words."""
    words = source.split()
    if not words:
        return None
    quoted = r"\s+".join(map(re.escape, words))
    found = re.search(rf"(?<!\w){quoted}(?!\w)", text)
    if found is None:
        return None
    is_line = found.group() in (line.strip() for line in text.splitlines())
    return found.group() if len(words) >= _FEWEST_WORDS or is_line else None


def _one_line(text: str) -> str:
    return " ".join(text.split())
