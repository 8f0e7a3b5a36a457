"""Streams in the chat-completions format."""

from collections.abc import Mapping

import msgspec
from typing_extensions import override

from eaa.adapters.models.answer_faults import decoded, refuse_silence
from eaa.adapters.models.dialect import StreamDecoder
from eaa.adapters.models.openai_answer import (
    Answer,
    Call,
    Choice,
    Function,
    Said,
    arguments_text,
    made_up_id,
    stop_reason,
    token_usage,
    words_and_thoughts,
)
from eaa.adapters.models.openai_errors import reported_fault
from eaa.adapters.models.rates import rate_report, request_id
from eaa.adapters.models.sse import SseEvent, SseSplitter
from eaa.domain.completion import (
    CompletionEvent,
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    TokenUsage,
    ToolCallDelta,
)
from eaa.domain.model import Dialect
from eaa.domain.model_errors import ModelOverloaded, StreamCut

_CHUNK = msgspec.json.Decoder(Answer)


class OpenAiStream(StreamDecoder):
    """Decodes one stream. Its end is `[DONE]`; some servers leave that out after a reason to stop."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self._splitter = SseSplitter()
        self._has_started = False
        self._has_finished = False
        self._has_content = False
        self._is_refusal = False
        self._last_choice: Choice | None = None
        """The one with the reason to stop."""
        self._usage: TokenUsage | None = None
        self._answer_id = ""
        self._calls: list[tuple[int | None, str]] = []
        """(index as the server counts, id) of each call so far; servers that do not count are told by the ids."""

    @override
    def feed(self, piece: bytes) -> list[CompletionEvent]:
        events: list[CompletionEvent] = []
        for event in self._splitter.feed(piece):
            self._take(event, events)
        return events

    @override
    def end(self) -> list[CompletionEvent]:
        events: list[CompletionEvent] = []
        for event in self._splitter.end():
            self._take(event, events)
        if not self._has_finished:
            if self._last_choice is None:
                raise StreamCut("the stream ended before the answer did", request_id=request_id(self._headers))
            self._finish(events)
        return events

    def _take(self, event: SseEvent, events: list[CompletionEvent]) -> None:
        if self._has_finished:
            return
        if event.data == b"[DONE]":
            self._finish(events)
            return
        chunk = decoded(event.data, _CHUNK, what="an event of the stream")
        if chunk.error:
            raise reported_fault(chunk.error, self._headers)
        if not self._has_started:
            self._start(chunk, events)
        if chunk.choices:
            self._take_choice(chunk.choices[0], events)
        usage = chunk.usage or (chunk.x_groq.usage if chunk.x_groq is not None else None)
        if usage is not None:
            # Some servers count along in each chunk: the last one holds.
            self._usage = token_usage(usage) or self._usage

    def _start(self, chunk: Answer, events: list[CompletionEvent]) -> None:
        self._has_started = True
        self._answer_id = chunk.id or ""
        events.append(
            Started(
                wire_model=chunk.model or "",
                request_id=request_id(self._headers) or self._answer_id,
                rates=rate_report(self._headers),
            )
        )

    def _take_choice(self, choice: Choice, events: list[CompletionEvent]) -> None:
        said = choice.delta or choice.message
        if said is not None:
            self._take_said(said, events)
        if choice.finish_reason is None:
            return
        if choice.finish_reason in {"error", "insufficient_system_resource", "abort"}:
            raise ModelOverloaded(
                f"the provider gave up in the middle of its answer ({choice.finish_reason})",
                request_id=request_id(self._headers),
            )
        self._last_choice = choice

    def _take_said(self, said: Said, events: list[CompletionEvent]) -> None:
        words, thoughts = words_and_thoughts(said)
        if thoughts:
            events.append(ReasoningDelta(thoughts, Dialect.OPENAI))
            self._has_content = True
        if words:
            events.append(TextDelta(words))
            self._has_content = True
        if said.refusal:
            events.append(TextDelta(said.refusal))
            self._has_content = self._is_refusal = True
        if said.tool_calls:
            self._has_content = True
            events.extend(self._call_delta(call) for call in said.tool_calls)

    def _call_delta(self, call: Call) -> ToolCallDelta:
        function = call.function or Function()
        index = self._index_of(call)
        if index < len(self._calls):
            return ToolCallDelta(index=index, arguments_json=arguments_text(function.arguments))
        call_id = call.id or made_up_id(self._answer_id, index)
        self._calls.append((call.index, call_id))
        return ToolCallDelta(
            index=index, id=call_id, name=function.name or "", arguments_json=arguments_text(function.arguments)
        )

    def _index_of(self, call: Call) -> int:
        """Return which call of the answer a piece belongs to; the number of calls so far for a new one."""
        for index in range(len(self._calls) - 1, -1, -1):
            wire_index, call_id = self._calls[index]
            # Servers that put 0 into each call give each its own id; pieces after the first have none, or the same.
            if call.index == wire_index and (not call.id or call.id == call_id):
                return index
            if call.index is None and call.id == call_id:
                return index
        if call.index is None and not call.id and self._calls:
            return len(self._calls) - 1
        return len(self._calls)

    def _finish(self, events: list[CompletionEvent]) -> None:
        self._has_finished = True
        choice = self._last_choice or Choice()
        reason = stop_reason(choice, has_calls=bool(self._calls), is_refusal=self._is_refusal)
        if not self._has_content:
            refuse_silence(reason, request_id=request_id(self._headers))
        events.append(Finished(stop_reason=reason, usage=self._usage))
