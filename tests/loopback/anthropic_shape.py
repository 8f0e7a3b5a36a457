"""Anthropic's Messages interface as its owner describes it: what is refused, what is answered.

Source: Anthropic, "Messages API", "Streaming messages", "Errors", "Versions", checked 2026-11.
"""

import json
import re
from typing import Any

from typing_extensions import override

from tests.loopback.anthropic_rules import message_complaint
from tests.loopback.model_wire import Endpoint, Received, Reply, Scripted, Shape

_ERRORS = {
    "server error": (500, "api_error", "Internal server error"),
    "unavailable": (503, "api_error", "Service unavailable"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "rate limit": (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    "bad key": (401, "authentication_error", "invalid x-api-key"),
    "no credit": (400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
    "forbidden": (403, "permission_error", "Your API key does not have permission to use the specified resource."),
    "unknown model": (404, "not_found_error", "model: gone"),
    "context length": (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    "content filter": (400, "invalid_request_error", "Output blocked by content filtering policy"),
    "bad request": (400, "invalid_request_error", "messages: Field required"),
}
_STOPS = {"end": "end_turn", "stop sequence": "stop_sequence", "refusal": "refusal", "length": "max_tokens"}


class AnthropicShape(Shape):
    """Anthropic itself."""

    @override
    def is_stream(self, received: Received) -> bool:
        return received.content().get("stream") is True

    @override
    def key(self, received: Received) -> str:
        bearer = received.headers.get("authorization", "").removeprefix("Bearer ")
        return received.headers.get("x-api-key", bearer)

    @override
    def model(self, received: Received) -> str:
        return str(received.content().get("model"))

    @override
    def complaint(self, received: Received) -> str:
        version = received.headers.get("anthropic-version", "")
        if version not in {"2023-06-01", "2026-10-21"}:
            return "anthropic-version: header is required"
        if version == "2026-10-21" and {"temperature", "top_p"} & set(received.content()):
            return "temperature: Extra inputs are not permitted"
        return message_complaint(received.content())

    @override
    def whole(self, scripted: Scripted, received: Received) -> Reply:
        answer = _message(scripted) | {
            "content": _blocks(scripted),
            "stop_reason": _stop(scripted),
            "usage": _usage(scripted),
        }
        return _json(200, answer)

    @override
    def events(self, scripted: Scripted, received: Received) -> list[bytes]:
        start = _message(scripted) | {
            "content": [],
            "stop_reason": None,
            "usage": _usage(scripted) | {"output_tokens": 1},
        }
        events = [_event("message_start", message=start), _event("ping")]
        for index, block in enumerate(_blocks(scripted)):
            events += _block_events(index, block, scripted)
        delta = {"stop_reason": _stop(scripted), "stop_sequence": None}
        usage = {"output_tokens": scripted.output_tokens}
        return [*events, _event("message_delta", delta=delta, usage=usage), _event("message_stop")]

    @override
    def keep_alive(self) -> bytes:
        return _event("ping")

    @override
    def error(self, kind: str, detail: str = "") -> Reply:
        status, error_type, message = _ERRORS[kind]
        error = {"type": error_type, "message": detail or message}
        return _json(status, {"type": "error", "error": error, "request_id": "req_loopback"})


def _message(scripted: Scripted) -> dict[str, Any]:
    return {
        "id": "msg_loopback",
        "type": "message",
        "role": "assistant",
        "model": scripted.model,
        "stop_sequence": None,
    }


def _blocks(scripted: Scripted) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if scripted.thoughts:
        blocks.append({"type": "thinking", "thinking": scripted.thoughts, "signature": "c2lnbmF0dXJl"})
    if scripted.text:
        blocks.append({"type": "text", "text": scripted.text})
    for call in scripted.calls:
        blocks.append({"type": "tool_use", "id": call.id, "name": call.name, "input": json.loads(call.arguments_json)})
    return blocks


def _block_events(index: int, block: dict[str, Any], scripted: Scripted) -> list[bytes]:
    """Return a block as a stream gives it: empty at first, then in pieces."""
    match block["type"]:
        case "thinking":
            start = block | {"thinking": "", "signature": ""}
            deltas = [
                {"type": "thinking_delta", "thinking": block["thinking"]},
                {"type": "signature_delta", "signature": block["signature"]},
            ]
        case "text":
            start = block | {"text": ""}
            deltas = [{"type": "text_delta", "text": piece} for piece in scripted.pieces()]
        case _:
            start = block | {"input": {}}
            text = json.dumps(block["input"], ensure_ascii=False)
            pieces = ["", text[: len(text) // 2], text[len(text) // 2 :]]
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return [
        _event("content_block_start", index=index, content_block=start),
        *(_event("content_block_delta", index=index, delta=delta) for delta in deltas),
        _event("content_block_stop", index=index),
    ]


def _stop(scripted: Scripted) -> str:
    return "tool_use" if scripted.calls else _STOPS[scripted.stop]


def _usage(scripted: Scripted) -> dict[str, Any]:
    return {
        "input_tokens": scripted.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": scripted.cached_tokens,
        "output_tokens": scripted.output_tokens,
    }


def _event(kind: str, **facts: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **facts}, ensure_ascii=False)}\n\n".encode()


def _json(status: int, content: dict[str, Any]) -> Reply:
    return Reply(status, json.dumps(content, ensure_ascii=False).encode(), headers=(("request-id", "req_loopback"),))


ANTHROPIC_ENDPOINTS = (Endpoint("POST", re.compile("/anthropic/v1/messages"), AnthropicShape()),)
