"""A whole answer as JSON and back, for those who keep answers. What a provider said of its limits is left out."""

import json
from typing import Any, assert_never

from eaa.domain.completion import Completion, Reasoning, StopReason, Text, TokenUsage, ToolCall

_USAGE = ("input_tokens", "output_tokens", "cached_input_tokens", "cache_write_tokens", "reasoning_tokens")


def record_of_completion(completion: Completion) -> bytes:
    """Return an answer as JSON."""
    usage = completion.usage
    record = {
        "parts": [_record_of_part(part) for part in completion.parts],
        "stop_reason": completion.stop_reason.value,
        "usage": None if usage is None else [getattr(usage, name) for name in _USAGE],
        "wire_model": completion.wire_model,
        "request_id": completion.request_id,
    }
    return json.dumps(record, separators=(",", ":")).encode()


def completion_of_record(record: bytes) -> Completion:
    """Return the answer that `record_of_completion` wrote.

    Raises:
        ValueError: It wrote nothing like this.
    """
    try:
        found = json.loads(record)
        usage = found["usage"]
        return Completion(
            parts=tuple(_part_of_record(*part) for part in found["parts"]),
            stop_reason=StopReason(found["stop_reason"]),
            usage=None if usage is None else TokenUsage(**dict(zip(_USAGE, usage, strict=True))),
            wire_model=found["wire_model"],
            request_id=found["request_id"],
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError("no record of an answer") from error


def _record_of_part(part: Text | Reasoning | ToolCall) -> list[Any]:
    match part:
        case Text():
            return ["text", part.text, part.ends_prefix]
        case Reasoning():
            return ["reasoning", part.text, part.dialect, part.opaque]
        case ToolCall():
            return ["tool call", part.id, part.name, part.arguments_json]
        case _:
            assert_never(part)


def _part_of_record(kind: str, *fields: Any) -> Text | Reasoning | ToolCall:
    match kind:
        case "text":
            return Text(*fields)
        case "reasoning":
            return Reasoning(*fields)
        case "tool call":
            return ToolCall(*fields)
        case _:
            raise ValueError(f"an answer has no part of the kind {kind!r}")
