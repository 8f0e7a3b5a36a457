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
class _Call:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Assembly:
    """Puts a whole answer together from its events."""

    is_finished: bool = False
    settled: Settled | None = None
    """Who gave it and for how much, once that is known."""
    _order: list[str] = field(default_factory=list)
    """Keys of parts, in the order in which they began: `text`, `reasoning`, `call:<index>`."""
    _text: list[str] = field(default_factory=list)
    _reasoning: list[ReasoningDelta] = field(default_factory=list)
    _calls: dict[int, _Call] = field(default_factory=dict)
    _started: Started = field(default_factory=Started)
    _stop_reason: StopReason = StopReason.UNKNOWN
    _usage: TokenUsage | None = None

    def add(self, event: OrchestratedEvent) -> None:
        """Take in the next event."""
        match event:
            case TextDelta():
                self._begin("text")
                self._text.append(event.text)
            case ReasoningDelta():
                self._begin("reasoning")
                self._reasoning.append(event)
            case ToolCallDelta():
                self._add_call(event)
            case Started():
                self._started = event
            case Finished():
                self.is_finished, self._stop_reason, self._usage = True, event.stop_reason, event.usage
            case Settled():
                self.settled = event
            case Restarted():
                self._order, self._text, self._reasoning, self._calls = [], [], [], {}

    def completion(self) -> Completion:
        """Return the answer so far; whole only when `is_finished`."""
        return Completion(
            parts=tuple(self._part(key) for key in self._order),
            stop_reason=self._stop_reason,
            usage=self._usage,
            wire_model=self._started.wire_model,
            request_id=self._started.request_id,
            rates=self._started.rates,
        )

    def _begin(self, key: str) -> None:
        if key not in self._order:
            self._order.append(key)

    def _add_call(self, event: ToolCallDelta) -> None:
        self._begin(f"call:{event.index}")
        call = self._calls.setdefault(event.index, _Call())
        call.id = call.id or event.id
        call.name = call.name or event.name
        call.arguments.append(event.arguments_json)

    def _part(self, key: str) -> Text | Reasoning | ToolCall:
        if key == "text":
            return Text("".join(self._text))
        if key == "reasoning":
            return Reasoning(
                text="".join(delta.text for delta in self._reasoning),
                dialect=self._reasoning[0].dialect,
                opaque="".join(delta.opaque for delta in self._reasoning),
            )
        call = self._calls[int(key.removeprefix("call:"))]
        return ToolCall(id=call.id, name=call.name, arguments_json="".join(call.arguments))


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
