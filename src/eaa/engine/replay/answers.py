"""Models of a replay: the answers come from the record, after the question was held against it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any, NoReturn

from typing_extensions import override

from eaa.domain.ask import Account, Answer, Ask, OrchestratedEvent, Settled
from eaa.domain.completion import Embeddings, Message, Part, Text, ToolCall, ToolResult
from eaa.domain.errors import EaaError
from eaa.domain.model_errors import BudgetExhausted, ModelFault, NoModel
from eaa.domain.transcript import Compacted, Ended, EndReason, Noted, Opened, Replied, Told
from eaa.engine.agent.entries import kind_of
from eaa.engine.agent.history import history_of
from eaa.engine.llm.assembly import replayed
from eaa.engine.llm.context.compaction import prefix_length
from eaa.engine.replay.course import Course
from eaa.engine.replay.difference import Difference, first_difference
from eaa.ports.orchestrator import Orchestrator, Takeover

_TOO_LONG = 1 << 40
"""Tokens: more than any model takes."""
_BEGINNING = 2
"""Messages of a single question: system text and the question. What follows shows an answer that may be shortened."""


class RecordedAnswers(Orchestrator):
    """Says what the recorded models said. Nothing is ever sent anywhere."""

    def __init__(self, course: Course) -> None:
        self._course = course

    @override
    async def complete(self, ask: Ask) -> Answer:
        # A second try is told what was wrong with the first, and both are noted when it is answered.
        told = [one for one in self._course.next_entries()[:1] if isinstance(one.entry, Told)]
        replied = await self._reply(ask, after=told)
        return Answer(replied.completion, replied.model, replied.cost_microusd)

    @override
    async def stream(
        self, ask: Ask, *, takeover: Takeover = Takeover.RESTART
    ) -> AsyncGenerator[OrchestratedEvent, None]:
        replied = await self._reply(ask, after=())
        for event in replayed(replied.completion):
            yield event
        yield Settled(replied.model, replied.cost_microusd)

    @override
    async def embed(self, texts: tuple[str, ...], *, account: Account, model: str | None = None) -> Embeddings:
        raise NoModel("a replay has no model that makes embeddings")

    @override
    def count_tokens(self, ask: Ask) -> int:
        """Return numbers by which a history is compacted where it was compacted, and as far."""
        following = self._course.next_entries()
        if not following or not isinstance(following[0].entry, Compacted):
            return 0
        came = self._course.came()
        whole, short = history_of(came), history_of((*came, following[0]))
        asked = ask.request.messages
        beginning = prefix_length(whole)
        if asked[:beginning] == whole[:beginning]:
            return 0 if len(asked) == beginning else _TOO_LONG
        # Behind the beginning stands the summary, and then what was kept.
        return 0 if len(asked) <= len(short) - beginning - 1 else _TOO_LONG

    async def _reply(self, ask: Ask, *, after: Sequence[Noted]) -> Replied:
        following = self._course.next_entries()[len(after) :]
        where = f"{self._course.active}, entry {len(self._course.came()) + len(after) + 1}"
        if not following:
            self._course.nothing_recorded(where, "a question to a model")
        self._hold_prompt(ask, where, most=_BEGINNING if after else None)
        recorded = following[0].entry
        if isinstance(recorded, Ended):
            await _no_answer(recorded)
        if not isinstance(recorded, Replied):
            self._course.differ(Difference(where, "", f"`{kind_of(recorded)}`", "a question to a model"))
        return recorded

    def _hold_prompt(self, ask: Ask, where: str, *, most: int | None) -> None:
        """Hold what a model is asked against what the record says that it was asked, so many messages of it."""
        came = self._course.came()
        opened = came[0].entry if came else None
        tools = [tool.name for tool in opened.tools] if isinstance(opened, Opened) else []
        recorded = _prompt(history_of(came)[:most], tools)
        now = _prompt(ask.request.messages[:most], [tool.name for tool in ask.request.tools])
        value = self._course.sameness.value
        found = first_difference(f"{where}, its prompt", value(recorded), value(now))
        if found is not None:
            self._course.differ(found)


class _RecordedLimit(BudgetExhausted):
    """A limit that was reached when the run was recorded, in the words of then."""

    def __init__(self, words: str) -> None:
        EaaError.__init__(self, words)


async def _no_answer(ended: Ended) -> NoReturn:
    """Fail as the model did, or wait for the stop that came in its place."""
    match ended.why:
        case EndReason.LIMIT:
            raise _RecordedLimit(ended.detail)
        case EndReason.STOPPED:
            await asyncio.Event().wait()
    raise ModelFault(ended.detail)


def _prompt(messages: Sequence[Message], tools: Sequence[str]) -> dict[str, Any]:
    """Return a prompt as a plain value: who says what, without marks for caches and without thoughts."""
    told = [
        {"speaker": message.speaker.value, "parts": [said for part in message.parts if (said := _part(part))]}
        for message in messages
    ]
    return {"messages": told, "tools": list(tools)}


def _part(part: Part) -> dict[str, Any]:
    match part:
        case Text():
            return {"text": part.text}
        case ToolCall():
            return {"call": part.id, "name": part.name, "arguments": part.arguments_json}
        case ToolResult():
            return {"result of": part.call_id, "text": part.text, "is_error": part.is_error}
        case _:
            return {}
