"""What is sent to the model: a pure function of the transcript.

Entries only ever add messages at the end, so that every prompt begins with the one before it and providers read it from
their cache. Only `Compacted` shortens, and keeps the beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from eaa.domain.completion import Message, Part, Speaker, Text, ToolResult
from eaa.domain.transcript import (
    Compacted,
    Ended,
    Interrupted,
    Noted,
    Opened,
    Replied,
    Resumed,
    Told,
    ToolEnded,
    ToolStarted,
    Voice,
)

SUMMARY_OPENING = "[What happened between the beginning and the messages below, summed up:]\n"
_SAID_BY = {Voice.PERSON: "[A person says:]\n", Voice.NUDGE: "", Voice.SYSTEM: ""}


@dataclass(frozen=True, slots=True)
class Shown:
    """A message and the entry it begins with."""

    sequence: int
    message: Message


def history_of(noted: Sequence[Noted]) -> tuple[Message, ...]:
    """Return the messages of a transcript in which every call of the last answer is answered."""
    return tuple(shown.message for shown in shown_history(noted))


def shown_history(noted: Sequence[Noted]) -> tuple[Shown, ...]:
    """Return the messages with the sequence of the entry that each begins with."""
    pages = _Pages()
    compacted = next((one.entry for one in reversed(noted) if isinstance(one.entry, Compacted)), None)
    for one in noted:
        if isinstance(one.entry, Opened):
            pages.begin(one.sequence, one.entry)
            if compacted is not None:
                pages.say(compacted.kept_from, Speaker.USER, Text(SUMMARY_OPENING + compacted.summary))
        elif compacted is None or one.sequence >= compacted.kept_from:
            pages.add(one)
    return pages.whole()


@dataclass(slots=True)
class _Pages:
    """Messages as they come; results of one answer are one message, before whatever else was said meanwhile."""

    _shown: list[Shown] = field(default_factory=list)
    _results: dict[int, ToolResult] = field(default_factory=dict)
    _results_from: int = 0
    _said_meanwhile: list[Shown] = field(default_factory=list)

    def begin(self, sequence: int, opened: Opened) -> None:
        self.say(sequence, Speaker.SYSTEM, Text(opened.system))
        self.say(sequence, Speaker.USER, Text(opened.brief, ends_prefix=True), Text(opened.instruction))

    def say(self, sequence: int, speaker: Speaker, *parts: Part) -> None:
        self._shown.append(Shown(sequence, Message(speaker, parts)))

    def add(self, one: Noted) -> None:
        entry = one.entry
        match entry:
            case Replied():
                self._end_turn()
                if entry.completion.parts:
                    self.say(one.sequence, Speaker.ASSISTANT, *entry.completion.parts)
            case ToolEnded():
                self._answer(one.sequence, entry.index, _result(entry.call_id, entry.tool, entry.text, entry.is_error))
            case Interrupted():
                self._answer(one.sequence, entry.index, _result(entry.call_id, entry.tool, entry.text, is_error=True))
            case Told():
                self._mean(one.sequence, _SAID_BY[entry.who] + entry.text)
            case Resumed():
                if entry.text:
                    self._mean(one.sequence, entry.text)
            case Opened() | ToolStarted() | Compacted() | Ended():
                pass
            case _:
                assert_never(entry)

    def whole(self) -> tuple[Shown, ...]:
        self._end_turn()
        return tuple(self._shown)

    def _answer(self, sequence: int, index: int, result: ToolResult) -> None:
        self._results_from = self._results_from or sequence
        self._results[index] = result

    def _mean(self, sequence: int, text: str) -> None:
        self._said_meanwhile.append(Shown(sequence, Message(Speaker.USER, (Text(text),))))

    def _end_turn(self) -> None:
        if self._results:
            self.say(self._results_from, Speaker.USER, *(self._results[index] for index in sorted(self._results)))
        self._shown += self._said_meanwhile
        self._results, self._results_from, self._said_meanwhile = {}, 0, []


def _result(call_id: str, tool: str, text: str, is_error: bool) -> ToolResult:
    return ToolResult(call_id=call_id, name=tool, text=text, is_error=is_error)
