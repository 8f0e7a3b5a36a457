"""Anthropic's stream of server-sent events, turned into events of ours.

Source: Anthropic, "Streaming messages", checked 2026-11.
"""

from collections.abc import Mapping

import msgspec
from typing_extensions import override

from eaa.adapters.models.answer_faults import decoded, refuse_silence
from eaa.adapters.models.anthropic_answer import (
    WireBlock,
    WireUsage,
    redacted_opaque,
    stop_reason_of,
    usage_of,
)
from eaa.adapters.models.anthropic_faults import WireError, fault_of_error
from eaa.adapters.models.dialect import StreamDecoder
from eaa.adapters.models.rates import rate_report, request_id
from eaa.adapters.models.sse import SseSplitter
from eaa.domain.completion import CompletionEvent, Finished, ReasoningDelta, Started, TextDelta, ToolCallDelta
from eaa.domain.model import Dialect
from eaa.domain.model_errors import AnswerMalformed, StreamCut


class _Delta(msgspec.Struct):
    type: str = ""
    text: str = ""
    partial_json: str = ""
    thinking: str = ""
    signature: str = ""
    stop_reason: str | None = None


class _Message(msgspec.Struct):
    model: str = ""
    usage: WireUsage | None = None


class _Event(msgspec.Struct):
    type: str
    index: int = 0
    delta: _Delta | None = None
    content_block: WireBlock | None = None
    message: _Message | None = None
    usage: WireUsage | None = None
    error: WireError | None = None


_EVENT = msgspec.json.Decoder(_Event)


class AnthropicStream(StreamDecoder):
    """One streamed message. A thought's signature ends it: the delta that carries it is the block's last."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self._request_id = request_id(headers)
        self._events = SseSplitter()
        self._usage: WireUsage | None = None
        self._stop_reason: str | None = None
        self._calls: dict[int, int] = {}
        """Index of a block → which call it is."""
        self._open_calls: dict[int, bytes] = {}
        """Index of a block whose arguments have not begun → its arguments unless some follow."""
        self._signature = ""
        self._has_said = False
        self._is_over = False
        self._is_finished = False

    @override
    def feed(self, piece: bytes) -> list[CompletionEvent]:
        out: list[CompletionEvent] = []
        for event in self._events.feed(piece):
            self._take(event.data, out)
        return out

    @override
    def end(self) -> list[CompletionEvent]:
        out: list[CompletionEvent] = []
        for event in self._events.end():
            self._take(event.data, out)
        if not self._is_over:
            raise StreamCut("the stream ended before `message_stop`", request_id=self._request_id)
        if not self._is_finished:
            refuse_silence(stop_reason_of(self._stop_reason), request_id=self._request_id)
            self._finish(out)
        return out

    def _take(self, data: bytes, out: list[CompletionEvent]) -> None:
        if self._is_over:
            return
        event = decoded(data, _EVENT, what="an event of the stream")
        match event.type:
            case "content_block_delta":
                self._take_delta(event, out)
            case "content_block_start":
                self._take_block(event, out)
            case "content_block_stop":
                self._end_block(event.index, out)
            case "message_start":
                self._start(event.message, out)
            case "message_delta":
                self._take_end(event)
            case "message_stop":
                self._is_over = True
                if self._has_said:
                    self._finish(out)
            case "error":
                raise fault_of_error(event.error or WireError(), headers=self._headers)
            case _:  # `ping`, and whatever is invented next.
                pass

    def _start(self, message: _Message | None, out: list[CompletionEvent]) -> None:
        if message is None:
            raise AnswerMalformed("`message_start` has no message", request_id=self._request_id)
        self._usage = message.usage
        out.append(Started(wire_model=message.model, request_id=self._request_id, rates=rate_report(self._headers)))

    def _take_delta(self, event: _Event, out: list[CompletionEvent]) -> None:
        delta = event.delta
        if delta is None:
            raise AnswerMalformed("`content_block_delta` has no delta", request_id=self._request_id)
        match delta.type:
            case "text_delta":
                self._say(delta.text, out)
            case "input_json_delta":
                call = self._calls.get(event.index)
                # Tools that the provider runs itself have deltas too; they are no calls for us.
                if call is not None and delta.partial_json:
                    self._open_calls.pop(event.index, None)
                    out.append(ToolCallDelta(index=call, arguments_json=delta.partial_json))
            case "thinking_delta":
                self._think(delta.thinking, out)
            case "signature_delta":
                self._signature += delta.signature
            case _:
                pass

    def _take_block(self, event: _Event, out: list[CompletionEvent]) -> None:
        block = event.content_block
        if block is None:
            raise AnswerMalformed("`content_block_start` has no block", request_id=self._request_id)
        match block.type:
            case "text":
                self._say(block.text or "", out)
            case "tool_use":
                call = self._calls[event.index] = len(self._calls)
                self._open_calls[event.index] = bytes(block.input)
                self._has_said = True
                out.append(ToolCallDelta(index=call, id=block.id or "", name=block.name or ""))
            case "thinking":
                self._signature = block.signature or ""
                self._think(block.thinking or "", out)
            case "redacted_thinking":
                self._has_said = True
                opaque = redacted_opaque(block.data or "")
                out.append(ReasoningDelta(text="", dialect=Dialect.ANTHROPIC, opaque=opaque))
            case _:
                pass

    def _end_block(self, index: int, out: list[CompletionEvent]) -> None:
        """Close a block: a call without a word of arguments has none, which is `{}`."""
        arguments = self._open_calls.pop(index, None)
        if arguments is not None:
            out.append(ToolCallDelta(index=self._calls[index], arguments_json=arguments.decode()))
        if self._signature:
            out.append(ReasoningDelta(text="", dialect=Dialect.ANTHROPIC, opaque=self._signature))
            self._has_said = True
            self._signature = ""

    def _take_end(self, event: _Event) -> None:
        if event.delta is not None and event.delta.stop_reason is not None:
            self._stop_reason = event.delta.stop_reason
        if event.usage is not None:
            self._usage = _newest(self._usage, event.usage)

    def _say(self, text: str, out: list[CompletionEvent]) -> None:
        if text:
            self._has_said = True
            out.append(TextDelta(text))

    def _think(self, text: str, out: list[CompletionEvent]) -> None:
        if text:
            self._has_said = True
            out.append(ReasoningDelta(text=text, dialect=Dialect.ANTHROPIC))

    def _finish(self, out: list[CompletionEvent]) -> None:
        self._is_finished = True
        usage = usage_of(self._usage) if self._usage is not None else None
        out.append(Finished(stop_reason=stop_reason_of(self._stop_reason), usage=usage))


def _newest(first: WireUsage | None, last: WireUsage) -> WireUsage:
    """Return the counts: those at the end are totals and win, those that only the start named stay."""
    if first is None:
        return last
    named = {name: value for name, value in msgspec.structs.asdict(last).items() if value is not None}
    return msgspec.structs.replace(first, **named)
