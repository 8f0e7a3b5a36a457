"""OpenAI's Responses interface as its owner describes it: what is refused, what is answered.

Source: OpenAI API description, "Create a model response", "Streaming events", checked 2026-11.
"""

import json
import re
from typing import Any

from typing_extensions import override

from tests.loopback.model_wire import Endpoint, Received, Reply, Scripted
from tests.loopback.openai_shape import CREATED, OpenAiShape
from tests.loopback.responses_rules import response_complaint


class ResponsesShape(OpenAiShape):
    """The same owner's keys and errors; answers are lists of items."""

    @override
    def complaint(self, received: Received) -> str:
        return response_complaint(received.content())

    @override
    def whole(self, scripted: Scripted, received: Received) -> Reply:
        return _json(_response(scripted, _items(scripted)))

    @override
    def events(self, scripted: Scripted, received: Received) -> list[bytes]:
        opened = _response(scripted, []) | {"status": "in_progress", "usage": None, "incomplete_details": None}
        events: list[dict[str, Any]] = [{"type": "response.created", "response": opened}]
        events.append({"type": "response.in_progress", "response": opened})
        items = _items(scripted)
        for index, item in enumerate(items):
            facts = {"output_index": index, "item_id": item["id"]}
            events.append({"type": "response.output_item.added", "output_index": index, "item": _emptied(item)})
            events += [facts | event for event in _deltas(item, scripted)]
            events.append({"type": "response.output_item.done", "output_index": index, "item": item})
        response = _response(scripted, items)
        events.append({"type": f"response.{response['status']}", "response": response})
        return [_event(event, number) for number, event in enumerate(events)]


def _response(scripted: Scripted, items: list[dict[str, Any]]) -> dict[str, Any]:
    limit = {"length": "max_output_tokens", "content filter": "content_filter"}.get(scripted.stop)
    prompt = scripted.input_tokens + scripted.cached_tokens
    return {
        "id": "resp_loopback",
        "object": "response",
        "created_at": CREATED,
        "model": scripted.model,
        "status": "incomplete" if limit else "completed",
        "error": None,
        "incomplete_details": {"reason": limit} if limit else None,
        "output": items,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": prompt,
            "input_tokens_details": {"cached_tokens": scripted.cached_tokens},
            "output_tokens": scripted.output_tokens,
            "output_tokens_details": {"reasoning_tokens": scripted.reasoning_tokens},
            "total_tokens": prompt + scripted.output_tokens,
        },
    }


def _items(scripted: Scripted) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if scripted.thoughts:
        summary = [{"type": "summary_text", "text": scripted.thoughts}]
        items.append({"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": "b3BhcXVl"})
    if scripted.text:
        words: dict[str, Any] = {"type": "output_text", "text": scripted.text, "annotations": []}
        if scripted.stop == "refusal":
            words = {"type": "refusal", "refusal": scripted.text}
        items.append({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [words]})
    for number, call in enumerate(scripted.calls):
        facts = {"call_id": call.id, "name": call.name, "arguments": call.arguments_json, "status": "completed"}
        items.append({"type": "function_call", "id": f"fc_{number}", **facts})
    return items


def _emptied(item: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, dict[str, Any]] = {
        "message": {"content": []},
        "function_call": {"arguments": ""},
        "reasoning": {"summary": []},
    }
    return item | empty[item["type"]]


def _deltas(item: dict[str, Any], scripted: Scripted) -> list[dict[str, Any]]:
    """Return what a stream says of an item between its beginning and its end."""
    if item["type"] == "reasoning":
        facts = {"summary_index": 0, "delta": scripted.thoughts}
        return [{"type": "response.reasoning_summary_text.delta", **facts}]
    if item["type"] == "message":
        kind = "refusal" if scripted.stop == "refusal" else "output_text"
        pieces = [{"type": f"response.{kind}.delta", "content_index": 0, "delta": piece} for piece in scripted.pieces()]
        part = item["content"][0]
        closing = [{"type": "response.content_part.done", "content_index": 0, "part": part}]
        return [{"type": "response.content_part.added", "content_index": 0, "part": part}, *pieces, *closing]
    text = item["arguments"]
    halves = [piece for piece in (text[: len(text) // 2], text[len(text) // 2 :]) if piece]
    kind = "response.function_call_arguments"
    return [
        *({"type": f"{kind}.delta", "delta": piece} for piece in halves),
        {"type": f"{kind}.done", "arguments": text},
    ]


def _event(event: dict[str, Any], number: int) -> bytes:
    line = json.dumps(event | {"sequence_number": number}, ensure_ascii=False)
    return f"event: {event['type']}\ndata: {line}\n\n".encode()


def _json(content: dict[str, Any]) -> Reply:
    return Reply(200, json.dumps(content, ensure_ascii=False).encode())


RESPONSES_ENDPOINTS = (Endpoint("POST", re.compile("/v1/responses"), ResponsesShape()),)
