"""Whole answers in OpenAI's words."""

from base64 import b64encode
from dataclasses import dataclass
from struct import pack

from eaa.domain.ask import Answer, Attempt
from eaa.domain.completion import Completion, Embeddings, Reasoning, StopReason, Text, TokenUsage, ToolCall
from eaa.domain.model import Model

Json = dict[str, object]

_FINISH = {
    StopReason.END: "stop",
    StopReason.STOP_SEQUENCE: "stop",
    StopReason.REFUSAL: "stop",
    StopReason.UNKNOWN: "stop",
    StopReason.TOOL_CALLS: "tool_calls",
    StopReason.LENGTH: "length",
    StopReason.CONTENT_FILTER: "content_filter",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the same in each piece of one answer."""

    id: str
    created_s: int
    """Unix time."""


def chat_answer(answer: Answer, frame: Frame) -> Json:
    """Return the body of a whole chat completion."""
    completion = answer.completion
    choice: Json = {
        "index": 0,
        "message": message_of(completion),
        "logprobs": None,
        "finish_reason": finish_reason(completion.stop_reason),
    }
    return {
        "id": f"chatcmpl-{frame.id}",
        "object": "chat.completion",
        "created": frame.created_s,
        "model": answer.model,
        "choices": [choice],
        "usage": usage_of(completion.usage),
        "eaa": {
            "model": answer.model,
            "wire_model": completion.wire_model,
            "request_id": completion.request_id,
            "stop_reason": completion.stop_reason.value,
            "cost_microusd": answer.cost_microusd,
            "is_from_cache": answer.is_from_cache,
            "attempts": [attempt_of(attempt) for attempt in answer.attempts],
        },
    }


def message_of(completion: Completion) -> Json:
    """Return what a model said; its parts in their order too where a text and calls cannot tell it."""
    text, calls = completion.text, completion.tool_calls
    is_refusal = completion.stop_reason is StopReason.REFUSAL
    message: Json = {
        "role": "assistant",
        "content": None if is_refusal else text or None,
        "refusal": text if is_refusal else None,
    }
    if calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_json}}
            for call in calls
        ]
    thoughts = [part.text for part in completion.parts if isinstance(part, Reasoning)]
    if thoughts:
        message["reasoning_content"] = "".join(thoughts)
    if [type(part) for part in completion.parts] not in _plain_orders(len(calls)):
        message["eaa"] = {"parts": [_part(part) for part in completion.parts]}
    return message


def usage_of(usage: TokenUsage | None) -> Json | None:
    """Return the tokens; in OpenAI's words cached input is part of the prompt."""
    if usage is None:
        return None
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached_input_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def attempt_of(attempt: Attempt) -> Json:
    """Return one try."""
    return {
        "model": attempt.model,
        "outcome": attempt.outcome,
        "seconds": round(attempt.seconds, 6),
        "cost_microusd": attempt.cost_microusd,
    }


def finish_reason(reason: StopReason) -> str:
    """Return OpenAI's word; ours, which says more, is in `eaa.stop_reason`."""
    return _FINISH[reason]


def embeddings_answer(embeddings: Embeddings, *, model: str, is_packed: bool) -> Json:
    """Return the body of embeddings; packed is base64 of little-endian 32-bit floats, as OpenAI's client asks for."""
    prompt_tokens = embeddings.usage.prompt_tokens if embeddings.usage is not None else 0
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _packed(vector) if is_packed else vector}
            for index, vector in enumerate(embeddings.vectors)
        ],
        "model": model,
        "usage": {"prompt_tokens": prompt_tokens, "total_tokens": prompt_tokens},
        "eaa": {"wire_model": embeddings.wire_model, "has_usage": embeddings.usage is not None},
    }


def model_entry(model: Model) -> Json:
    """Return a model as the list of models has it."""
    prices = model.prices
    return {
        "id": model.name,
        "object": "model",
        "created": 0,
        "owned_by": model.provider,
        "eaa": {
            "wire_name": model.wire_name,
            "context_tokens": model.context_tokens,
            "max_output_tokens": model.max_output_tokens,
            "capabilities": sorted(model.capabilities),
            "tier": model.tier,
            "locality": model.locality,
            "domains": sorted(model.domains),
            "input_microusd_per_million": prices.input_microusd if prices else None,
            "output_microusd_per_million": prices.output_microusd if prices else None,
        },
    }


def _plain_orders(calls: int) -> tuple[list[type], list[type]]:
    """Return the orders of parts that a text and calls can tell: the words first, if there are any."""
    return [ToolCall] * calls, [Text, *[ToolCall] * calls]


def _part(part: Text | Reasoning | ToolCall) -> Json:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Reasoning():
            return {"type": "reasoning", "text": part.text, "dialect": part.dialect, "opaque": part.opaque}
        case ToolCall():
            return {"type": "tool_call", "id": part.id}


def _packed(vector: tuple[float, ...]) -> str:
    return b64encode(pack(f"<{len(vector)}f", *vector)).decode()
