"""Gemini's stream: each server-sent event is an answer that holds the next parts.

Source: Google, "Gemini API: streamGenerateContent", checked 2026-11.
"""

from collections.abc import Mapping

from typing_extensions import override

from eaa.adapters.models.answer_faults import refuse_silence
from eaa.adapters.models.dialect import StreamDecoder
from eaa.adapters.models.gemini_answer import (
    WireAnswer,
    WirePart,
    WireUsage,
    answer_of,
    call_id,
    finish_reason_of,
    parts_of,
    stop_reason_of,
    usage_of,
)
from eaa.adapters.models.sse import SseSplitter
from eaa.domain.completion import CompletionEvent, Finished, ReasoningDelta, Started, TextDelta, ToolCallDelta
from eaa.domain.model_errors import StreamCut


class GeminiStream(StreamDecoder):
    """One streamed answer. There is no last event: the body's end after a reason to stop is the end."""

    def __init__(self, headers: Mapping[str, str], *, dialect: str) -> None:
        self._headers = headers
        self._dialect = dialect
        self._events = SseSplitter()
        self._usage: WireUsage | None = None
        self._finish_reason: str | None = None
        self._calls = 0
        self._has_started = False
        self._has_said = False

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
        if self._finish_reason is None:
            raise StreamCut("the stream ended before a reason to stop")
        stop_reason = stop_reason_of(self._finish_reason, has_calls=self._calls > 0)
        if not self._has_said:
            refuse_silence(stop_reason)
        usage = usage_of(self._usage) if self._usage is not None else None
        out.append(Finished(stop_reason=stop_reason, usage=usage))
        return out

    def _take(self, data: bytes, out: list[CompletionEvent]) -> None:
        answer = answer_of(data, self._headers)
        if not self._has_started:
            self._has_started = True
            out.append(Started(wire_model=answer.model_version, request_id=answer.response_id))
        if answer.usage_metadata is not None:
            self._usage = answer.usage_metadata
        for part in parts_of(answer):
            self._take_part(part, answer, data, out)
        self._finish_reason = finish_reason_of(answer) or self._finish_reason

    def _take_part(self, part: WirePart, answer: WireAnswer, data: bytes, out: list[CompletionEvent]) -> None:
        before = len(out)
        if part.thought and part.text:
            out.append(ReasoningDelta(text=part.text, dialect=self._dialect))
        if part.thought_signature:
            out.append(ReasoningDelta(text="", dialect=self._dialect, opaque=part.thought_signature))
        if part.function_call is not None:
            call = part.function_call
            made = call_id(call, answer, self._calls, data)
            arguments = bytes(call.args).decode()
            out.append(ToolCallDelta(index=self._calls, id=made, name=call.name, arguments_json=arguments))
            self._calls += 1
        elif part.text and not part.thought:
            out.append(TextDelta(part.text))
        self._has_said = self._has_said or len(out) > before
