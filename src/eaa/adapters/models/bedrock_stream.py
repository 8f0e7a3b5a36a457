"""Bedrock's stream: binary messages whose headers name the event and whose payload is JSON.

Source: AWS, "Amazon Bedrock Runtime: ConverseStream", checked 2026-11.
"""

from collections.abc import Mapping

import msgspec
from typing_extensions import override

from eaa.adapters.models.answer_faults import decoded, refuse_silence
from eaa.adapters.models.bedrock_answer import WireUsage, redacted_opaque, stop_reason_of, usage_of
from eaa.adapters.models.bedrock_faults import fault_of_kind, request_id_of, words_of
from eaa.adapters.models.dialect import StreamDecoder
from eaa.adapters.models.event_stream import EventMessage, EventStreamSplitter
from eaa.domain.completion import CompletionEvent, Finished, ReasoningDelta, Started, TextDelta, ToolCallDelta
from eaa.domain.model import Dialect
from eaa.domain.model_errors import AnswerMalformed, StreamCut


class _ToolDelta(msgspec.Struct):
    input: str = ""


class _ReasoningPiece(msgspec.Struct, rename="camel"):
    text: str | None = None
    signature: str | None = None
    redacted_content: str | None = None


class _Delta(msgspec.Struct, rename="camel"):
    text: str | None = None
    tool_use: _ToolDelta | None = None
    reasoning_content: _ReasoningPiece | None = None


class _DeltaEvent(msgspec.Struct, rename="camel"):
    delta: _Delta
    content_block_index: int = 0


class _ToolStart(msgspec.Struct, rename="camel"):
    tool_use_id: str
    name: str


class _Start(msgspec.Struct, rename="camel"):
    tool_use: _ToolStart | None = None


class _StartEvent(msgspec.Struct, rename="camel"):
    start: _Start | None = None
    content_block_index: int = 0


class _StopEvent(msgspec.Struct, rename="camel"):
    content_block_index: int = 0


class _EndEvent(msgspec.Struct, rename="camel"):
    stop_reason: str


class _Metadata(msgspec.Struct):
    usage: WireUsage | None = None


_DELTA = msgspec.json.Decoder(_DeltaEvent)
_START = msgspec.json.Decoder(_StartEvent)
_STOP = msgspec.json.Decoder(_StopEvent)
_END = msgspec.json.Decoder(_EndEvent)
_METADATA = msgspec.json.Decoder(_Metadata)
_WHAT = "an event of the stream"


class BedrockStream(StreamDecoder):
    """One streamed answer. The usage comes after the end of the message, in `metadata`."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._request_id = request_id_of(headers)
        self._messages = EventStreamSplitter()
        self._calls: dict[int, int] = {}
        """Index of a block → which call it is."""
        self._silent_calls: set[int] = set()
        self._signature = ""
        self._stop_reason: str | None = None
        self._usage: WireUsage | None = None
        self._has_said = False
        self._is_finished = False

    @override
    def feed(self, piece: bytes) -> list[CompletionEvent]:
        out: list[CompletionEvent] = []
        for message in self._messages.feed(piece):
            self._take(message, out)
        return out

    @override
    def end(self) -> list[CompletionEvent]:
        out: list[CompletionEvent] = []
        if self._stop_reason is None:
            raise StreamCut("the stream ended before `messageStop`", request_id=self._request_id)
        if not self._is_finished:
            if not self._has_said:
                refuse_silence(stop_reason_of(self._stop_reason), request_id=self._request_id)
            self._finish(self._stop_reason, out)
        return out

    def _take(self, message: EventMessage, out: list[CompletionEvent]) -> None:
        if self._is_finished:
            return
        headers, payload = message
        if headers.get(":message-type", "event") != "event":
            kind = headers.get(":exception-type") or headers.get(":error-code", "")
            words = headers.get(":error-message") or words_of(payload)
            raise fault_of_kind(kind, words, status=500, request_id=self._request_id)
        match headers.get(":event-type"):
            case "contentBlockDelta":
                self._take_delta(decoded(payload, _DELTA, what=_WHAT), out)
            case "contentBlockStart":
                self._take_start(decoded(payload, _START, what=_WHAT), out)
            case "contentBlockStop":
                self._end_block(decoded(payload, _STOP, what=_WHAT).content_block_index, out)
            case "messageStart":
                out.append(Started(request_id=self._request_id))
            case "messageStop":
                self._stop_reason = decoded(payload, _END, what=_WHAT).stop_reason
            case "metadata":
                self._usage = decoded(payload, _METADATA, what=_WHAT).usage
                if self._stop_reason is not None and self._has_said:
                    self._finish(self._stop_reason, out)
            case _:
                pass

    def _take_start(self, event: _StartEvent, out: list[CompletionEvent]) -> None:
        call = event.start.tool_use if event.start is not None else None
        if call is not None:
            index = self._calls[event.content_block_index] = len(self._calls)
            self._silent_calls.add(event.content_block_index)
            self._has_said = True
            out.append(ToolCallDelta(index=index, id=call.tool_use_id, name=call.name))

    def _take_delta(self, event: _DeltaEvent, out: list[CompletionEvent]) -> None:
        delta = event.delta
        if delta.text:
            self._has_said = True
            out.append(TextDelta(delta.text))
        elif delta.tool_use is not None:
            call = self._calls.get(event.content_block_index)
            if call is None:
                raise AnswerMalformed("arguments came before their call", request_id=self._request_id)
            if delta.tool_use.input:
                self._silent_calls.discard(event.content_block_index)
                out.append(ToolCallDelta(index=call, arguments_json=delta.tool_use.input))
        elif delta.reasoning_content is not None:
            self._think(delta.reasoning_content, out)

    def _think(self, piece: _ReasoningPiece, out: list[CompletionEvent]) -> None:
        if piece.text:
            self._has_said = True
            out.append(ReasoningDelta(text=piece.text, dialect=Dialect.BEDROCK))
        if piece.signature:
            self._signature += piece.signature
        if piece.redacted_content:
            self._has_said = True
            opaque = redacted_opaque(piece.redacted_content)
            out.append(ReasoningDelta(text="", dialect=Dialect.BEDROCK, opaque=opaque))

    def _end_block(self, index: int, out: list[CompletionEvent]) -> None:
        """Close a block: a call without a word of arguments has none, which is `{}`."""
        if index in self._silent_calls:
            self._silent_calls.discard(index)
            out.append(ToolCallDelta(index=self._calls[index], arguments_json="{}"))
        if self._signature:
            self._has_said = True
            out.append(ReasoningDelta(text="", dialect=Dialect.BEDROCK, opaque=self._signature))
            self._signature = ""

    def _finish(self, stop_reason: str, out: list[CompletionEvent]) -> None:
        reason = stop_reason_of(stop_reason)
        self._is_finished = True
        out.append(Finished(stop_reason=reason, usage=usage_of(self._usage) if self._usage is not None else None))
