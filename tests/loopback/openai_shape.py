"""The chat-completions format as its owner describes it: what is refused, what is answered.

Source: OpenAI API description, "Create chat completion", "Create embeddings", "List models", checked 2026-01.
"""

import json
import re
import struct
from base64 import b64encode
from typing import Any

from tests.loopback.model_wire import Endpoint, Received, Reply, Scripted, Shape
from tests.loopback.openai_rules import chat_complaint

CREATED = 1_760_000_000
DIMENSIONS = 3
_BASE = r"(?:/v1|/openai/v1|/api/v1|/openai/deployments/[^/]+)"
_ERRORS = {
    "server error": (500, "The server had an error while processing your request.", "server_error", None),
    "unavailable": (503, "The engine is currently overloaded, please try again later.", "server_error", None),
    "overloaded": (529, "Overloaded", "overloaded_error", None),
    "rate limit": (429, "Rate limit reached for requests", "requests", "rate_limit_exceeded"),
    "bad key": (401, "Incorrect API key provided: sk-****.", "invalid_request_error", "invalid_api_key"),
    "no credit": (
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    "forbidden": (403, "You are not allowed to sample from this model", "invalid_request_error", None),
    "unknown model": (404, "The model does not exist or you do not have access to it.", "invalid_request_error",
                      "model_not_found"),
    "context length": (
        400,
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        "invalid_request_error",
        "context_length_exceeded",
    ),
    "content filter": (400, "The response was filtered due to the prompt triggering our content management policy.",
                       "invalid_request_error", "content_filter"),
    "bad request": (400, "Invalid request", "invalid_request_error", None),
}  # fmt: skip
_FINISH = {"end": "stop", "stop sequence": "stop", "refusal": "stop", "length": "length",
           "content filter": "content_filter"}  # fmt: skip


class OpenAiShape(Shape):
    """OpenAI itself; with `api-key` and a deployment in the path it is Azure."""

    def is_stream(self, received: Received) -> bool:
        return received.content().get("stream") is True

    def key(self, received: Received) -> str:
        if "/deployments/" in received.path:
            return received.headers.get("api-key", "")
        return received.headers.get("authorization", "").removeprefix("Bearer ")

    def model(self, received: Received) -> str:
        deployment = re.search(r"/deployments/([^/]+)/", received.path)
        return deployment[1] if deployment is not None else str(received.content().get("model"))

    def complaint(self, received: Received) -> str:
        if "/deployments/" in received.path and "api-version" not in received.query:
            return "Missing query parameter: api-version"
        return chat_complaint(received.content())

    def whole(self, scripted: Scripted, received: Received) -> Reply:
        message: dict[str, Any] = {"role": "assistant", "content": scripted.text or None, "refusal": None}
        if scripted.stop == "refusal":
            message |= {"content": None, "refusal": scripted.text}
        if scripted.thoughts:
            message["reasoning_content"] = scripted.thoughts
        if scripted.calls:
            message["tool_calls"] = [_call(scripted, number) for number in range(len(scripted.calls))]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(scripted)}
        answer = _frame(scripted, "chat.completion") | {"choices": [choice], "usage": _usage(scripted)}
        return _json(200, answer)

    def events(self, scripted: Scripted, received: Received) -> list[bytes]:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": "", "refusal": None}]
        if scripted.thoughts:
            deltas.append({"reasoning_content": scripted.thoughts})
        field = "refusal" if scripted.stop == "refusal" else "content"
        deltas += [{field: piece} for piece in scripted.pieces()]
        for number in range(len(scripted.calls)):
            deltas += _call_deltas(scripted, number)
        chunks = [_chunk(scripted, delta, None) for delta in deltas]
        chunks.append(_chunk(scripted, {}, _finish(scripted)))
        if (received.content().get("stream_options") or {}).get("include_usage"):
            frame = _frame(scripted, "chat.completion.chunk")
            chunks = [chunk | {"usage": None} for chunk in chunks]
            chunks.append(frame | {"choices": [], "usage": _usage(scripted)})
        lines = [json.dumps(chunk, ensure_ascii=False) for chunk in chunks]
        return [f"data: {line}\n\n".encode() for line in [*lines, "[DONE]"]]

    def error(self, kind: str, detail: str = "") -> Reply:
        status, message, error_type, code = _ERRORS[kind]
        error = {"message": detail or message, "type": error_type, "param": None, "code": code}
        return _json(status, {"error": error}, ("x-request-id", "req_loopback"))


def embeddings(received: Received) -> Reply:
    """Answer `POST /embeddings`: the vector of a text is its length and two fixed numbers."""
    content = received.content()
    unknown = set(content) - {"input", "model", "encoding_format", "dimensions", "user"}
    if unknown or "input" not in content:
        return _SHAPE.error("bad request", f"Unrecognized or missing: {sorted(unknown) or ['input']}")
    texts = [content["input"]] if isinstance(content["input"], str) else content["input"]
    vectors = [[float(len(text)), 0.5, -0.25] for text in texts]
    is_packed = content.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _packed(vector) if is_packed else vector}
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": 4 * len(texts), "total_tokens": 4 * len(texts)}
    # The order of the list is not promised, only each entry's index.
    return _json(200, {"object": "list", "data": data[::-1], "model": content["model"], "usage": usage})


def model_list(received: Received) -> Reply:
    """Answer `GET /models`."""
    entry = {"id": "loop-1", "object": "model", "created": CREATED, "owned_by": "loopback"}
    return _json(200, {"object": "list", "data": [entry]})


def _packed(vector: list[float]) -> str:
    return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _frame(scripted: Scripted, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-loopback", "object": kind, "created": CREATED, "model": scripted.model}


def _chunk(scripted: Scripted, delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _frame(scripted, "chat.completion.chunk") | {"choices": [choice]}


def _finish(scripted: Scripted) -> str:
    return "tool_calls" if scripted.calls else _FINISH[scripted.stop]


def _call(scripted: Scripted, number: int) -> dict[str, Any]:
    call = scripted.calls[number]
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_json}}


def _call_deltas(scripted: Scripted, number: int) -> list[dict[str, Any]]:
    """Return a call as a stream gives it: its name first, then its arguments in two pieces."""
    call = scripted.calls[number]
    first = {"index": number, "id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}}
    half = len(call.arguments_json) // 2
    pieces = [piece for piece in (call.arguments_json[:half], call.arguments_json[half:]) if piece]
    later = [{"index": number, "function": {"arguments": piece}} for piece in pieces]
    return [{"tool_calls": [delta]} for delta in [first, *later]]


def _usage(scripted: Scripted) -> dict[str, Any]:
    prompt = scripted.input_tokens + scripted.cached_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": scripted.output_tokens,
        "total_tokens": prompt + scripted.output_tokens,
        "prompt_tokens_details": {"cached_tokens": scripted.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": scripted.reasoning_tokens, "audio_tokens": 0},
    }


def _json(status: int, content: dict[str, Any], *headers: tuple[str, str]) -> Reply:
    return Reply(status, json.dumps(content, ensure_ascii=False).encode(), headers=headers)


_SHAPE = OpenAiShape()
OPENAI_ENDPOINTS = (
    Endpoint("POST", re.compile(_BASE + "/chat/completions"), _SHAPE),
    Endpoint("POST", re.compile(_BASE + "/embeddings"), _SHAPE, plain=embeddings),
    Endpoint("GET", re.compile(_BASE + "/models"), _SHAPE, plain=model_list),
)
