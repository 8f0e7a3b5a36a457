"""The stream of OpenAI's Responses interface.

Source: OpenAI API reference, "Streaming events" of responses, checked 2026-11.
"""

from collections.abc import Mapping

import msgspec
from typing_extensions import override

from eaa.adapters.models.answer_faults import decoded, refuse_silence
from eaa.adapters.models.dialect import StreamDecoder
from eaa.adapters.models.openai_errors import reported_fault
from eaa.adapters.models.openai_responses_answer import (
    WireItem,
    WireResponse,
    failure_of,
    opaque_of,
    stop_reason_of,
    usage_of,
)
from eaa.adapters.models.rates import rate_report, request_id
from eaa.adapters.models.sse import SseSplitter
from eaa.domain.completion import (
    CompletionEvent,
    Finished,
    ReasoningDelta,
    Started,
    StopReason,
    TextDelta,
    ToolCallDelta,
)
from eaa.domain.model import Dialect
from eaa.domain.model_errors import AnswerMalformed, ModelFault, StreamCut


class _Event(msgspec.Struct):
    type: str
    delta: str | None = None
    output_index: int = 0
    item: WireItem | None = None
    response: WireResponse | None = None


class _Kind(msgspec.Struct):
    type: str


_EVENT = msgspec.json.Decoder(_Event)
_ANY = msgspec.json.Decoder()
_TYPE = msgspec.json.Decoder(_Kind)
_TEXTS = frozenset({"response.output_text.delta", "response.refusal.delta"})
_THOUGHTS = frozenset({"response.reasoning_summary_text.delta", "response.reasoning_text.delta"})
_CALL = "response.function_call_arguments.delta"
_ITEMS = frozenset({"response.output_item.added", "response.output_item.done"})
_ENDS = frozenset({"response.completed", "response.incomplete"})
_KNOWN = _TEXTS | _THOUGHTS | _ITEMS | _ENDS | {_CALL, "response.created", "response.failed"}


class ResponsesStream(StreamDecoder):
    """One streamed response."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self._request_id = request_id(headers)
        self._events = SseSplitter()
        self._calls: dict[int, int] = {}
        """Index of an item → which call it is."""
        self._silent_calls: set[int] = set()
        """Items whose arguments have not begun."""
        self._has_said = False
        self._is_refusal = False
        self._last: WireResponse | None = None
        self._is_finished = False

    @override
    def feed(self, piece: bytes) -> list[CompletionEvent]:
        out: list[CompletionEvent] = []
        for event in self._events.feed(piece):
            self._take(event.name, event.data, out)
        return out

    @override
    def end(self) -> list[CompletionEvent]:
        out: list[CompletionEvent] = []
        for event in self._events.end():
            self._take(event.name, event.data, out)
        if self._last is None:
            raise StreamCut("the stream ended before the response did", request_id=self._request_id)
        if not self._is_finished:
            refuse_silence(self._stop_reason(self._last), request_id=self._request_id)
            self._finish(self._last, out)
        return out

    def _take(self, name: str, data: bytes, out: list[CompletionEvent]) -> None:
        if self._last is not None or data == b"[DONE]":
            return
        if name == "error":
            raise self._error(data)
        if name and name not in _KNOWN:
            return
        kind = name or decoded(data, _TYPE, what="an event of the stream").type
        if kind == "error":
            raise self._error(data)
        if kind not in _KNOWN:
            return
        event = decoded(data, _EVENT, what="an event of the stream")
        if kind in _TEXTS:
            self._is_refusal = self._is_refusal or kind == "response.refusal.delta"
            self._say(event.delta or "", out)
        elif kind == _CALL:
            self._go_on(event, out)
        elif kind in _THOUGHTS:
            self._think(event.delta or "", out)
        elif kind in _ITEMS:
            self._take_item(event, out, is_done=kind == "response.output_item.done")
        else:
            self._take_response(kind, event.response, out)

    def _take_response(self, kind: str, response: WireResponse | None, out: list[CompletionEvent]) -> None:
        if response is None:
            raise AnswerMalformed(f"`{kind}` has no response", request_id=self._request_id)
        if kind == "response.failed":
            raise failure_of(response, self._headers)
        if kind == "response.created":
            self._request_id = self._request_id or response.id
            rates = rate_report(self._headers)
            out.append(Started(wire_model=response.model, request_id=self._request_id, rates=rates))
            return
        self._last = response
        if self._has_said:
            self._finish(response, out)

    def _take_item(self, event: _Event, out: list[CompletionEvent], *, is_done: bool) -> None:
        item, index = event.item, event.output_index
        if item is None:
            raise AnswerMalformed("an item's event has no item", request_id=self._request_id)
        if item.type == "function_call":
            if index not in self._calls:
                call = self._calls[index] = len(self._calls)
                self._silent_calls.add(index)
                self._has_said = True
                out.append(ToolCallDelta(index=call, id=item.call_id or "", name=item.name or ""))
            if is_done and index in self._silent_calls:
                self._silent_calls.discard(index)
                out.append(ToolCallDelta(index=self._calls[index], arguments_json=item.arguments or "{}"))
        elif item.type == "reasoning" and is_done:
            opaque = opaque_of(item)
            if opaque:
                self._has_said = True
                out.append(ReasoningDelta(text="", dialect=Dialect.RESPONSES, opaque=opaque))

    def _go_on(self, event: _Event, out: list[CompletionEvent]) -> None:
        call = self._calls.get(event.output_index)
        if call is None:
            raise AnswerMalformed("arguments came before their call", request_id=self._request_id)
        if event.delta:
            self._silent_calls.discard(event.output_index)
            out.append(ToolCallDelta(index=call, arguments_json=event.delta))

    def _say(self, text: str, out: list[CompletionEvent]) -> None:
        if text:
            self._has_said = True
            out.append(TextDelta(text))

    def _think(self, text: str, out: list[CompletionEvent]) -> None:
        if text:
            self._has_said = True
            out.append(ReasoningDelta(text=text, dialect=Dialect.RESPONSES))

    def _stop_reason(self, response: WireResponse) -> StopReason:
        reason = stop_reason_of(response, has_calls=bool(self._calls))
        return StopReason.REFUSAL if self._is_refusal and reason is StopReason.END else reason

    def _finish(self, response: WireResponse, out: list[CompletionEvent]) -> None:
        self._is_finished = True
        out.append(Finished(stop_reason=self._stop_reason(response), usage=usage_of(response)))

    def _error(self, data: bytes) -> ModelFault:
        """Return what an error event means; its facts are in an object of their own or stand beside the type."""
        found: object = decoded(data, _ANY, what="an event of the stream")
        error = found.get("error") if isinstance(found, dict) else None
        if error is None and isinstance(found, dict):
            error = {"code": found.get("code"), "message": found.get("message")}
        return reported_fault(error, self._headers)
