"""Between streams and whole answers, both ways."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from eaa.domain.ask import OrchestratedEvent, Settled
from eaa.domain.completion import (
    Completion,
    CompletionEvent,
    Finished,
    Reasoning,
    ReasoningDelta,
    Restarted,
    Started,
    StopReason,
    Text,
    TextDelta,
    TokenUsage,
    ToolCall,
    ToolCallDelta,
)


@dataclass(slots=True)
class _Words:
    pieces: list[str] = field(default_factory=list)

    def whole(self) -> Text:
        return Text("".join(self.pieces))


@dataclass(slots=True)
class _Thoughts:
    dialect: str
    pieces: list[str] = field(default_factory=list)
    opaque: str = ""
    """Once it is known the block is over; the next thought begins another one."""

    def whole(self) -> Reasoning:
        return Reasoning("".join(self.pieces), self.dialect, self.opaque)


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)

    def whole(self) -> ToolCall:
        return ToolCall(self.id, self.name, "".join(self.pieces))


@dataclass(slots=True)
class Assembly:
    """Puts a whole answer together from its events, its parts in the order in which they began."""

    is_finished: bool = False
    settled: Settled | None = None
    """Who gave it and for how much, once that is known."""
    _parts: list[_Words | _Thoughts | _Call] = field(default_factory=list)
    _calls: dict[int, _Call] = field(default_factory=dict)
    _started: Started = field(default_factory=Started)
    _stop_reason: StopReason = StopReason.UNKNOWN
    _usage: TokenUsage | None = None

    def add(self, event: OrchestratedEvent) -> None:
        """Take in the next event."""
        match event:
            case TextDelta():
                self._words().pieces.append(event.text)
            case ReasoningDelta():
                thoughts = self._thoughts(event.dialect)
                thoughts.pieces.append(event.text)
                thoughts.opaque = event.opaque
            case ToolCallDelta():
                self._add_call(event)
            case Started():
                self._started = event
            case Finished():
                self.is_finished, self._stop_reason, self._usage = True, event.stop_reason, event.usage
            case Settled():
                self.settled = event
            case Restarted():
                self._parts, self._calls = [], {}

    def completion(self) -> Completion:
        """Return the answer so far; whole only when `is_finished`."""
        return Completion(
            parts=tuple(part.whole() for part in self._parts),
            stop_reason=self._stop_reason,
            usage=self._usage,
            wire_model=self._started.wire_model,
            request_id=self._started.request_id,
            rates=self._started.rates,
        )

    def _words(self) -> _Words:
        last = self._parts[-1] if self._parts else None
        if isinstance(last, _Words):
            return last
        words = _Words()
        self._parts.append(words)
        return words

    def _thoughts(self, dialect: str) -> _Thoughts:
        last = self._parts[-1] if self._parts else None
        if isinstance(last, _Thoughts) and not last.opaque:
            return last
        thoughts = _Thoughts(dialect)
        self._parts.append(thoughts)
        return thoughts

    def _add_call(self, event: ToolCallDelta) -> None:
        call = self._calls.get(event.index)
        if call is None:
            call = self._calls[event.index] = _Call()
            self._parts.append(call)
        call.id = call.id or event.id
        call.name = call.name or event.name
        call.pieces.append(event.arguments_json)


def replayed(completion: Completion) -> Iterator[CompletionEvent]:
    """Yield the events of a stream that would have given this answer."""
    yield Started(wire_model=completion.wire_model, request_id=completion.request_id)
    calls = 0
    for part in completion.parts:
        match part:
            case Text():
                yield TextDelta(part.text)
            case Reasoning():
                yield ReasoningDelta(part.text, dialect=part.dialect, opaque=part.opaque)
            case ToolCall():
                yield ToolCallDelta(index=calls, id=part.id, name=part.name, arguments_json=part.arguments_json)
                calls += 1
    yield Finished(completion.stop_reason, completion.usage)
