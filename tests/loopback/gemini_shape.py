"""Gemini's interface, by itself and behind Vertex AI, as its owner describes it.

Source: Google, "Gemini API: generateContent, streamGenerateContent, Embeddings", "Troubleshooting", checked 2026-11.
"""

import json
import re
from typing import Any

from typing_extensions import override

from tests.loopback.gemini_rules import content_complaint
from tests.loopback.model_wire import Endpoint, Received, Reply, Scripted, Shape

_ERRORS = {
    "server error": (500, "INTERNAL", "An internal error has occurred."),
    "unavailable": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    "overloaded": (529, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    "rate limit": (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan."),
    "bad key": (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    "no credit": (429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
    "forbidden": (403, "PERMISSION_DENIED", "The caller does not have permission"),
    "unknown model": (404, "NOT_FOUND", "models/gone is not found for API version v1beta"),
    "context length": (
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    ),
    "bad request": (400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
}
_STOPS = {"end": "STOP", "stop sequence": "STOP", "length": "MAX_TOKENS", "content filter": "SAFETY"}
_VERTEX = r"/vertex/v1/projects/my-project/locations/global/publishers/google/models/[^/:]+"


class GeminiShape(Shape):
    """The interface behind an API key."""

    @override
    def is_stream(self, received: Received) -> bool:
        return received.path.endswith(":streamGenerateContent")

    @override
    def key(self, received: Received) -> str:
        return received.headers.get("x-goog-api-key", "")

    @override
    def model(self, received: Received) -> str:
        return received.path.rpartition("/")[2].partition(":")[0]

    @override
    def complaint(self, received: Received) -> str:
        if self.is_stream(received) and received.query.get("alt") != "sse":
            return "this server streams events only"
        return content_complaint(received.content(), has_ids=True)

    @override
    def whole(self, scripted: Scripted, received: Received) -> Reply:
        return _json(200, _answer(scripted, _parts(scripted), is_last=True))

    @override
    def events(self, scripted: Scripted, received: Received) -> list[bytes]:
        parts: list[dict[str, Any]] = [{"text": scripted.thoughts, "thought": True}] if scripted.thoughts else []
        parts += [{"text": piece} for piece in scripted.pieces()] + _calls(scripted)
        answers = [_answer(scripted, [part], is_last=False) for part in parts]
        answers.append(_answer(scripted, [{"text": ""}], is_last=True))
        return [f"data: {json.dumps(answer, ensure_ascii=False)}\r\n\r\n".encode() for answer in answers]

    @override
    def error(self, kind: str, detail: str = "") -> Reply:
        if kind == "content filter":  # Not an error here: an answer without candidates.
            blocked = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "modelVersion": "loop-1"}
            return _json(200, blocked)
        status, word, message = _ERRORS[kind]
        error: dict[str, Any] = {"code": status, "message": detail or message, "status": word}
        if kind == "bad key":
            kind_of_detail = "type.googleapis.com/google.rpc.ErrorInfo"
            error["details"] = [{"@type": kind_of_detail, "reason": "API_KEY_INVALID", "domain": "googleapis.com"}]
        return _json(status, {"error": error})


class VertexShape(GeminiShape):
    """The same behind a project's path; tokens in place of keys, calls known by name alone."""

    @override
    def key(self, received: Received) -> str:
        return received.headers.get("authorization", "").removeprefix("Bearer ")

    @override
    def complaint(self, received: Received) -> str:
        return content_complaint(received.content(), has_ids=False)

    @override
    def error(self, kind: str, detail: str = "") -> Reply:
        if kind == "bad key":
            message = "Request had invalid authentication credentials."
            return _json(401, {"error": {"code": 401, "message": message, "status": "UNAUTHENTICATED"}})
        return super().error(kind, detail)


def batch_embeddings(received: Received) -> Reply:
    """Answer `:batchEmbedContents`: the vector of a text is its length and two fixed numbers."""
    model = received.path.removeprefix("/gemini/v1beta/").partition(":")[0]
    requests = received.content()["requests"]
    if any(set(request) != {"model", "content"} or request["model"] != model for request in requests):
        return _SHAPE.error("bad request")
    texts = [request["content"]["parts"][0]["text"] for request in requests]
    return _json(200, {"embeddings": [{"values": [float(len(text)), 0.5, -0.25]} for text in texts]})


def predictions(received: Received) -> Reply:
    """Answer `:predict` of an embedding model."""
    instances = received.content()["instances"]
    if any(set(instance) != {"content"} for instance in instances):
        return _VERTEX_SHAPE.error("bad request")
    statistics = {"truncated": False, "token_count": 4}
    vectors = [[float(len(instance["content"])), 0.5, -0.25] for instance in instances]
    found = [{"embeddings": {"values": vector, "statistics": statistics}} for vector in vectors]
    return _json(200, {"predictions": found, "metadata": {"billableCharacterCount": 4}})


def _answer(scripted: Scripted, parts: list[dict[str, Any]], *, is_last: bool) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    answer = {"candidates": [candidate], "modelVersion": scripted.model, "responseId": "loopback-response"}
    if not is_last:
        return answer
    candidate["finishReason"] = "STOP" if scripted.calls else _STOPS[scripted.stop]
    usage = {
        "promptTokenCount": scripted.input_tokens + scripted.cached_tokens,
        "cachedContentTokenCount": scripted.cached_tokens,
        "candidatesTokenCount": scripted.output_tokens - scripted.reasoning_tokens,
        "thoughtsTokenCount": scripted.reasoning_tokens,
        "totalTokenCount": scripted.input_tokens + scripted.cached_tokens + scripted.output_tokens,
    }
    return answer | {"usageMetadata": usage}


def _parts(scripted: Scripted) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"text": scripted.thoughts, "thought": True}] if scripted.thoughts else []
    if scripted.text:
        parts.append({"text": scripted.text})
    return parts + _calls(scripted)


def _calls(scripted: Scripted) -> list[dict[str, Any]]:
    """Return the calls; the first is signed, and the provider names no ids."""
    calls = [{"functionCall": {"name": call.name, "args": json.loads(call.arguments_json)}} for call in scripted.calls]
    return [{**call, "thoughtSignature": "c2lnbmF0dXJl"} if index == 0 else call for index, call in enumerate(calls)]


def _json(status: int, content: dict[str, Any]) -> Reply:
    return Reply(status, json.dumps(content, ensure_ascii=False).encode(), "application/json; charset=UTF-8")


_SHAPE = GeminiShape()
_VERTEX_SHAPE = VertexShape()
GEMINI_ENDPOINTS = (
    Endpoint("POST", re.compile(r"/gemini/v1beta/models/[^/:]+:(stream)?[gG]enerateContent"), _SHAPE),
    Endpoint("POST", re.compile(r"/gemini/v1beta/models/[^/:]+:batchEmbedContents"), _SHAPE, plain=batch_embeddings),
    Endpoint("POST", re.compile(_VERTEX + ":(stream)?[gG]enerateContent"), _VERTEX_SHAPE),
    Endpoint("POST", re.compile(_VERTEX + ":predict"), _VERTEX_SHAPE, plain=predictions),
)
