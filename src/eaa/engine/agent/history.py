"""What is sent to the model: a pure function of the transcript.

Entries only ever add messages at the end, so that every prompt begins with the one before it and providers read it from
their cache. Only `Compacted` shortens, and keeps the beginning.

A result that stands further up word by word is not said again: the model is told which one it is the same as. That is
news enough, and the whole is where it was; when a compaction takes it away, the next one is whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from eaa.domain.completion import Message, Part, Speaker, Text, ToolCall, ToolResult
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

_REPEATED_CHARACTERS = 160
"""A result shorter than this is said again: a reference would be no shorter."""
_DURATION = re.compile(r"\bin \d+\.\d+ ?s(?:econds)?\b")
"""How long tests took is no difference."""
_LABEL_CHARACTERS = 60
SUMMARY_OPENING = "[What happened between the beginning and the messages below, summed up:]\n"
_SAID_BY = {Voice.PERSON: "[A person says:]\n", Voice.NUDGE: "", Voice.SYSTEM: ""}


@dataclass(frozen=True, slots=True)
class Shown:
    """A message and the entry it begins with."""

    sequence: int
    message: Message


def history_of(noted: Sequence[Noted]) -> tuple[Message, ...]:
    """Return the messages of a transcript in which every call of the last answer is answered."""
    history = History()
    for one in noted:
        history.add(one)
    return history.messages()


class History:
    """The messages of a transcript, kept up as it grows."""

    def __init__(self) -> None:
        self._noted: list[Noted] = []
        self._pages = _Pages()

    def add(self, one: Noted) -> None:
        """Take in the next entry."""
        self._noted.append(one)
        if isinstance(one.entry, Compacted):
            self._shorten(one.entry)
        else:
            self._pages.add(one)

    def shown(self) -> tuple[Shown, ...]:
        """Return the messages with the sequence of the entry that each begins with."""
        return self._pages.whole()

    def messages(self) -> tuple[Message, ...]:
        """Return what is sent."""
        return tuple(shown.message for shown in self.shown())

    def _shorten(self, compacted: Compacted) -> None:
        self._pages = _Pages()
        for one in self._noted:
            if isinstance(one.entry, Opened):
                self._pages.add(one)
                self._pages.say(compacted.kept_from, Speaker.USER, Text(SUMMARY_OPENING + compacted.summary))
            elif one.sequence >= compacted.kept_from:
                self._pages.add(one)


@dataclass(slots=True)
class _Pages:
    """Messages as they come; results of one answer are one message, before whatever else was said meanwhile."""

    _shown: list[Shown] = field(default_factory=list)
    _results: dict[int, ToolResult] = field(default_factory=dict)
    _results_from: int = 0
    _said_meanwhile: list[Shown] = field(default_factory=list)
    _calls: tuple[ToolCall, ...] = ()
    """Of the last answer."""
    _told: dict[str, str] = field(default_factory=dict)
    """Text of a result → which call it answered first."""

    def say(self, sequence: int, speaker: Speaker, *parts: Part) -> None:
        self._shown.append(Shown(sequence, Message(speaker, parts)))

    def add(self, one: Noted) -> None:
        entry = one.entry
        match entry:
            case Opened():
                self.say(one.sequence, Speaker.SYSTEM, Text(entry.system))
                self.say(one.sequence, Speaker.USER, Text(entry.brief, ends_prefix=True), Text(entry.instruction))
            case Replied():
                self._end_turn()
                self._calls = entry.completion.tool_calls
                if entry.completion.parts:
                    self.say(one.sequence, Speaker.ASSISTANT, *entry.completion.parts)
            case ToolEnded():
                text = self._once(entry)
                self._answer(one.sequence, entry.index, _result(entry.call_id, entry.tool, text, entry.is_error))
            case Interrupted():
                self._answer(one.sequence, entry.index, _result(entry.call_id, entry.tool, entry.text, is_error=True))
            case Told():
                self._mean(one.sequence, _SAID_BY[entry.who] + entry.text)
            case Resumed():
                if entry.text:
                    self._mean(one.sequence, entry.text)
            case ToolStarted() | Compacted() | Ended():
                pass
            case _:
                assert_never(entry)

    def whole(self) -> tuple[Shown, ...]:
        return (*self._shown, *self._turn())

    def _once(self, entry: ToolEnded) -> str:
        """Return the text of a result, or that it is the same as one that stands above."""
        if len(entry.text) < _REPEATED_CHARACTERS:
            return entry.text
        known = _DURATION.sub("", entry.text)
        if known not in self._told:
            self._told[known] = self._label(entry)
            return entry.text
        how, _, output = entry.text.partition("\n")
        head = f"{how}\n" if entry.exit_code is not None else ""
        return f"{head}[the same {output.count(chr(10)) + 1} lines as above, from {self._told[known]}]"

    def _label(self, entry: ToolEnded) -> str:
        """Return which call a result answers, in a few words."""
        arguments = self._calls[entry.index].arguments_json if entry.index < len(self._calls) else ""
        said = " ".join(arguments.split())
        return f"{entry.tool} {said[:_LABEL_CHARACTERS]}{'…' if len(said) > _LABEL_CHARACTERS else ''}".rstrip()

    def _answer(self, sequence: int, index: int, result: ToolResult) -> None:
        self._results_from = self._results_from or sequence
        self._results[index] = result

    def _mean(self, sequence: int, text: str) -> None:
        self._said_meanwhile.append(Shown(sequence, Message(Speaker.USER, (Text(text),))))

    def _turn(self) -> list[Shown]:
        """Return what follows the last answer: the results of its calls in their order, then words."""
        if not self._results:
            return self._said_meanwhile
        parts = tuple(self._results[index] for index in sorted(self._results))
        return [Shown(self._results_from, Message(Speaker.USER, parts)), *self._said_meanwhile]

    def _end_turn(self) -> None:
        self._shown += self._turn()
        self._results, self._results_from, self._said_meanwhile = {}, 0, []


def _result(call_id: str, tool: str, text: str, is_error: bool) -> ToolResult:
    return ToolResult(call_id=call_id, name=tool, text=text, is_error=is_error)
