"""Bedrock's Converse as its owner describes it; signatures are checked, streams are framed.

Source: AWS, "Amazon Bedrock Runtime: Converse, ConverseStream", "Create a signed AWS API request", checked 2026-11.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from typing_extensions import override

from eaa.adapters.models.aws_signature import AwsKey, signature_headers
from tests.loopback.bedrock_rules import converse_complaint
from tests.loopback.event_frames import event_frame, frame, text_headers
from tests.loopback.model_wire import Endpoint, Received, Reply, Scripted, Shape

ACCESS_KEY_ID = "AKIDLOOPBACK"
REGION = "eu-west-1"
_SECRET = "sk-loopback"
_ERRORS = {
    "server error": (500, "InternalServerException", "The system encountered an unexpected error."),
    "unavailable": (503, "ServiceUnavailableException", "Bedrock is unable to process your request."),
    "overloaded": (529, "ModelNotReadyException", "Model is not ready for inference."),
    "rate limit": (429, "ThrottlingException", "Too many requests, please wait before trying again."),
    "bad key": (403, "UnrecognizedClientException", "The security token included in the request is invalid."),
    "no credit": (403, "AccessDeniedException", "INVALID_PAYMENT_INSTRUMENT: A valid payment instrument is needed."),
    "forbidden": (403, "AccessDeniedException", "You don't have access to the model with the specified model ID."),
    "unknown model": (400, "ValidationException", "The provided model identifier is invalid."),
    "context length": (400, "ValidationException", "Input is too long for requested model."),
    "content filter": (400, "ValidationException", "Output blocked by content filtering policy"),
    "bad request": (400, "ValidationException", "Malformed input request, please reformat your input and try again."),
}
_STOPS = {
    "end": "end_turn",
    "stop sequence": "stop_sequence",
    "length": "max_tokens",
    "content filter": "content_filtered",
}


class BedrockShape(Shape):
    """The Converse interface of one region."""

    stream_type = "application/vnd.amazon.eventstream"

    @override
    def is_stream(self, received: Received) -> bool:
        return received.path.endswith("/converse-stream")

    @override
    def key(self, received: Received) -> str:
        """Return the secret whose signature is right for this request, or an API key."""
        given = received.headers.get("authorization", "")
        if given.startswith("Bearer "):
            return given.removeprefix("Bearer ")
        moment = received.headers.get("x-amz-date", "")
        if not moment:
            return ""
        expected = signature_headers(
            received.method,
            f"http://{received.headers['host']}{quote(received.path, safe='/')}",
            {"Content-Type": received.headers["content-type"]},
            received.body,
            key=AwsKey(ACCESS_KEY_ID, _SECRET, received.headers.get("x-amz-security-token", "")),
            region=REGION,
            service="bedrock",
            at=datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC),
        )
        return _SECRET if given == expected["Authorization"] else ""

    @override
    def model(self, received: Received) -> str:
        return received.path.split("/")[-2]

    @override
    def complaint(self, received: Received) -> str:
        return converse_complaint(received.content())

    @override
    def whole(self, scripted: Scripted, received: Received) -> Reply:
        message = {"role": "assistant", "content": _blocks(scripted)}
        answer = {"output": {"message": message}, "stopReason": _stop(scripted), "usage": _usage(scripted)}
        return _json(200, answer | {"metrics": {"latencyMs": 1}})

    @override
    def events(self, scripted: Scripted, received: Received) -> list[bytes]:
        events = [event_frame("messageStart", {"role": "assistant"})]
        for index, block in enumerate(_blocks(scripted)):
            events += _block_events(index, block, scripted)
        events.append(event_frame("messageStop", {"stopReason": _stop(scripted)}))
        return [*events, event_frame("metadata", {"usage": _usage(scripted), "metrics": {"latencyMs": 1}})]

    @override
    def keep_alive(self) -> bytes:
        # It sends none; an event of a kind that is not known is what comes nearest.
        return event_frame("somethingNew", {})

    @override
    def broken_event(self) -> bytes:
        return frame(text_headers({":event-type": "contentBlockDelta", ":message-type": "event"}), b'{"cut": ')

    @override
    def huge_event(self, size_bytes: int) -> bytes:
        return event_frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "x" * size_bytes}})

    @override
    def error(self, kind: str, detail: str = "") -> Reply:
        status, error_type, message = _ERRORS[kind]
        return _json(status, {"message": detail or message}, ("x-amzn-ErrorType", f"{error_type}:http://internal/"))


def _blocks(scripted: Scripted) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if scripted.thoughts:
        thoughts = {"text": scripted.thoughts, "signature": "c2lnbmF0dXJl"}
        blocks.append({"reasoningContent": {"reasoningText": thoughts}})
    if scripted.text:
        blocks.append({"text": scripted.text})
    for call in scripted.calls:
        content = json.loads(call.arguments_json)
        blocks.append({"toolUse": {"toolUseId": call.id, "name": call.name, "input": content}})
    return blocks


def _block_events(index: int, block: dict[str, Any], scripted: Scripted) -> list[bytes]:
    """Return a block as a stream gives it; only tools have a beginning of their own."""
    at = {"contentBlockIndex": index}
    deltas: list[dict[str, Any]] = []
    start: list[bytes] = []
    if "reasoningContent" in block:
        thoughts = block["reasoningContent"]["reasoningText"]
        deltas = [{"reasoningContent": {name: thoughts[name]}} for name in ("text", "signature")]
    elif "text" in block:
        deltas = [{"text": piece} for piece in scripted.pieces()]
    else:
        call = next(call for call in scripted.calls if call.id == block["toolUse"]["toolUseId"])
        head = {"toolUse": {"toolUseId": call.id, "name": call.name}}
        start = [event_frame("contentBlockStart", at | {"start": head})]
        text = call.arguments_json
        deltas = [{"toolUse": {"input": piece}} for piece in (text[: len(text) // 2], text[len(text) // 2 :])]
    pieces = [event_frame("contentBlockDelta", at | {"delta": delta, "p": "abcdef"}) for delta in deltas]
    return [*start, *pieces, event_frame("contentBlockStop", at)]


def _stop(scripted: Scripted) -> str:
    return "tool_use" if scripted.calls else _STOPS[scripted.stop]


def _usage(scripted: Scripted) -> dict[str, Any]:
    total = scripted.input_tokens + scripted.cached_tokens + scripted.output_tokens
    return {
        "inputTokens": scripted.input_tokens,
        "outputTokens": scripted.output_tokens,
        "totalTokens": total,
        "cacheReadInputTokens": scripted.cached_tokens,
        "cacheWriteInputTokens": 0,
    }


def _json(status: int, content: dict[str, Any], *headers: tuple[str, str]) -> Reply:
    body = json.dumps(content, ensure_ascii=False).encode()
    return Reply(status, body, headers=(("x-amzn-RequestId", "loopback-request"), *headers))


BEDROCK_ENDPOINTS = (Endpoint("POST", re.compile("/bedrock/model/[^/]+/converse(-stream)?"), BedrockShape()),)
