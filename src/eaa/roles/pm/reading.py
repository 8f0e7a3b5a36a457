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
_UNREADABLE = (AnswerInvalid, AnswerRefused, AnswerTruncated)


class _Wanted(msgspec.Struct, frozen=True):
    text: str
    source: str


class _Asked(msgspec.Struct, frozen=True):
    text: str
    because: str = ""
    options: tuple[str, ...] = ()


class _Reading(msgspec.Struct, frozen=True):
    kind: Kind
    title: Annotated[str, msgspec.Meta(max_length=TITLE_CHARACTERS)]
    criteria: tuple[_Wanted, ...]
    questions: tuple[_Asked, ...]


async def read_with_model(brief: Brief, found: Requirement, agents: AgentDesk) -> Requirement:
    """Return what a model makes of a request from which the analysis could take no criterion.

    When no answer can be used, it is what the analysis found: its questions then go to the person.

    Raises:
        ModelFault: No model answered.
        BudgetExhausted: There is no room for the call.
    """
    left_open = "\n".join(question.text for question in found.questions) or "which tests would show it"
    try:
        asked = await ask_once(brief, PROMPT, {"open": left_open}, context=CONTEXT, role=RoleName.PM, agents=agents)
    except _UNREADABLE:
        return found
    reading = msgspec.convert(asked.value, _Reading)
    return replace(requirement_of(reading, brief, found), spent=asked.spent)


def requirement_of(reading: _Reading, brief: Brief, found: Requirement) -> Requirement:
    """Return a model's reading as a requirement that says nothing which the request does not say."""
    text = clean_text(brief.task.text)
    criteria = tuple(
        Criterion(id=CriterionId(f"c{number}"), text=_one_line(wanted.text), source=source, origin=brief.task.origin)
        for number, (wanted, source) in enumerate(_grounded(reading.criteria, text)[:MOST_CRITERIA], 1)
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


def _grounded(criteria: tuple[_Wanted, ...], text: str) -> list[tuple[_Wanted, str]]:
    """Return the criteria whose source stands in the text, with the text's own characters; spaces may differ."""
    placed = ((wanted, _verbatim(wanted.source, text)) for wanted in criteria)
    return [(wanted, source) for wanted, source in placed if source is not None]


def _verbatim(source: str, text: str) -> str | None:
    words = source.split()
    if not words:
        return None
    found = re.search(r"\s+".join(map(re.escape, words)), text)
    return found.group() if found else None


def _one_line(text: str) -> str:
    return " ".join(text.split())
