"""Streamed answers in OpenAI's words: one event a chunk, the usage last, then `[DONE]`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from eaa.domain.ask import OrchestratedEvent, Settled
from eaa.domain.completion import Finished, ReasoningDelta, Restarted, Started, TextDelta, ToolCallDelta
from eaa.services.orchestrator.answers import Frame, Json, attempt_of, finish_reason, usage_of

DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"
_GAP = "\0"
"""Stands where the words go; no id and no model's name holds it."""


@dataclass(slots=True)
class ChunkWriter:
    """Writes the events of one stream."""

    frame: Frame
    model: str
    """As the request named it, until the answer says who gives it."""
    has_usage: bool
    """Whether the caller asked for a last chunk with the usage."""
    names: dict[str, str] = field(default_factory=dict)
    """Names of `models.toml`, by what the provider calls them."""
    _before: bytes = b""
    """Of a chunk with words, everything up to the words; empty until there is one."""
    _after: bytes = b""
    """What follows the words."""
    _opening: bytes = b""
    """The chunk that begins the answer, until there is something to begin with."""
    _has_begun: bool = False
    """Whether a model was named already; another one begins after `Restarted` only."""
    _finished: Finished | None = None

    def pieces(self, event: OrchestratedEvent) -> bytes:
        """Return what an event sends: nothing before the first word, and the end once it is known what it cost."""
        piece = self._piece(event)
        if isinstance(event, Started):
            self._opening = piece
            return b""
        if piece and self._opening:
            piece, self._opening = self._opening + piece, b""
        return piece

    def _piece(self, event: OrchestratedEvent) -> bytes:
        match event:
            case TextDelta():
                return self._words(event.text)
            case Started():
                self.model = self.names.get(event.wire_model, event.wire_model or self.model)
                self._before = b""
                facts: Json = {"wire_model": event.wire_model, "request_id": event.request_id}
                if self._has_begun:
                    # OpenAI's clients join what comes twice: a second role would be none.
                    return self._chunk({}, facts=facts | {"has_started": True})
                self._has_begun = True
                return self._chunk({"role": "assistant", "content": ""}, facts=facts)
            case ReasoningDelta():
                facts = {"reasoning": {"dialect": event.dialect, "opaque": event.opaque}}
                return self._chunk({"reasoning_content": event.text}, facts=facts)
            case ToolCallDelta():
                return self._chunk({"tool_calls": [_call(event)]})
            case Restarted():
                return self._chunk({}, facts={"restarted": event.because})
            case Finished():
                self._finished = event
                return b""
            case Settled():
                return self._end(event)

    def _words(self, text: str) -> bytes:
        if not self._before:
            self._before, _, self._after = self._chunk({"content": _GAP}).partition(orjson.dumps(_GAP))
        return self._before + orjson.dumps(text) + self._after

    def _end(self, settled: Settled) -> bytes:
        finished = self._finished
        if finished is None:
            return b""
        facts: Json = {
            "model": settled.model,
            "cost_microusd": settled.cost_microusd,
            "is_from_cache": settled.is_from_cache,
            "attempts": [attempt_of(attempt) for attempt in settled.attempts],
            "stop_reason": finished.stop_reason.value,
        }
        last = self._chunk({}, finish=finish_reason(finished.stop_reason), facts=facts)
        if self.has_usage:
            last += _event(self._frame() | {"choices": [], "usage": usage_of(finished.usage)})
        return last + DONE

    def _chunk(self, delta: Json, *, finish: str | None = None, facts: Mapping[str, object] | None = None) -> bytes:
        choice: Json = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        chunk = self._frame() | {"choices": [choice]}
        if self.has_usage:
            chunk["usage"] = None
        if facts is not None:
            chunk["eaa"] = facts
        return _event(chunk)

    def _frame(self) -> Json:
        return {
            "id": f"chatcmpl-{self.frame.id}",
            "object": "chat.completion.chunk",
            "created": self.frame.created_s,
            "model": self.model,
        }


def error_event(body: Json) -> bytes:
    """Return the last event of a stream that failed after its first word; no `[DONE]` follows."""
    return _event(body)


def _event(content: Json) -> bytes:
    return b"data: " + orjson.dumps(content) + b"\n\n"


def _call(delta: ToolCallDelta) -> Json:
    function: Json = {"arguments": delta.arguments_json}
    call: Json = {"index": delta.index, "function": function}
    if delta.name:
        function["name"] = delta.name
    if delta.id:
        call |= {"id": delta.id, "type": "function"}
    return call
