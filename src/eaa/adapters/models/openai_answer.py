"""Answers in the chat-completions format, with what DeepSeek, OpenRouter, vLLM, Groq and Mistral add to it."""

from collections.abc import Iterable
from typing import Any

import msgspec
import orjson

from eaa.domain.completion import Reasoning, StopReason, Text, TokenUsage, ToolCall
from eaa.domain.model import Dialect


class PromptDetails(msgspec.Struct, gc=False):
    """Kinds of input."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class OutputDetails(msgspec.Struct, gc=False):
    """Kinds of output."""

    reasoning_tokens: int | None = None


class Usage(msgspec.Struct, gc=False):
    """Tokens as the provider counted them."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    prompt_cache_hit_tokens: int | None = None
    """DeepSeek's word for cached input."""


class Function(msgspec.Struct, gc=False):
    """What is to be called."""

    name: str | None = None
    arguments: Any = None
    """JSON text; some servers give the object itself."""


class Call(msgspec.Struct, gc=False):
    """One tool call, or a piece of one in a stream."""

    function: Function | None = None
    id: str | None = None
    index: int | None = None


class Said(msgspec.Struct, gc=False):
    """A message, or a piece of one in a stream."""

    content: Any = None
    """A text; Mistral's reasoning models give a list of parts."""
    refusal: str | None = None
    reasoning_content: str | None = None
    """DeepSeek's and vLLM's name for thoughts."""
    reasoning: str | None = None
    """OpenRouter's, Groq's and newer vLLM's."""
    tool_calls: list[Call] | None = None


class Choice(msgspec.Struct, gc=False):
    """One answer; we ask for one only."""

    message: Said | None = None
    delta: Said | None = None
    finish_reason: str | None = None
    stop_reason: Any = None
    """vLLM: the stop sequence that was hit, or the number of a token."""


class GroqExtra(msgspec.Struct, gc=False):
    """Groq puts the usage of a stream here."""

    usage: Usage | None = None


class Answer(msgspec.Struct, gc=False):
    """A whole answer, or one chunk of a stream."""

    id: str | None = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: Usage | None = None
    x_groq: GroqExtra | None = None
    error: Any = None
    """Some providers report an error inside a 200 or in the middle of a stream."""


class Vector(msgspec.Struct, gc=False):
    """One embedding."""

    embedding: list[float]
    index: int = 0


class VectorList(msgspec.Struct, gc=False):
    """An answer to `POST /embeddings`."""

    data: list[Vector] | None = None
    model: str | None = None
    usage: Usage | None = None
    error: Any = None


_STOP_REASONS = {
    "stop": StopReason.END,
    "eos": StopReason.END,
    "end_turn": StopReason.END,
    "length": StopReason.LENGTH,
    "model_length": StopReason.LENGTH,
    "tool_calls": StopReason.TOOL_CALLS,
    "function_call": StopReason.TOOL_CALLS,
    "content_filter": StopReason.CONTENT_FILTER,
}


def stop_reason(choice: Choice, *, has_calls: bool, is_refusal: bool) -> StopReason:
    """Return why the model stopped. A forced call ends with `stop` in this format; it is a call all the same."""
    found = _STOP_REASONS.get(choice.finish_reason or "", StopReason.UNKNOWN)
    if found is not StopReason.END and found is not StopReason.UNKNOWN:
        return found
    if is_refusal:
        return StopReason.REFUSAL
    if has_calls:
        return StopReason.TOOL_CALLS
    return StopReason.STOP_SEQUENCE if isinstance(choice.stop_reason, str) else found


def token_usage(usage: Usage | None) -> TokenUsage | None:
    """Return the counts; in this format cached input is part of the prompt's tokens, in ours it is not."""
    if usage is None or usage.prompt_tokens is None:
        return None
    details = usage.prompt_tokens_details
    cached = (details.cached_tokens if details is not None else None) or usage.prompt_cache_hit_tokens or 0
    written = (details.cache_write_tokens if details is not None else None) or 0
    thought = usage.completion_tokens_details.reasoning_tokens if usage.completion_tokens_details is not None else 0
    return TokenUsage(
        input_tokens=max(0, usage.prompt_tokens - cached - written),
        output_tokens=usage.completion_tokens or 0,
        cached_input_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=thought or 0,
    )


def parts_of(said: Said, *, answer_id: str) -> tuple[Text | Reasoning | ToolCall, ...]:
    """Return what a whole message holds: thoughts, words, calls."""
    words, thoughts = words_and_thoughts(said)
    parts: list[Text | Reasoning | ToolCall] = []
    if thoughts:
        parts.append(Reasoning(text=thoughts, dialect=Dialect.OPENAI))
    if words:
        parts.append(Text(words))
    if said.refusal:
        parts.append(Text(said.refusal))
    for index, call in enumerate(said.tool_calls or ()):
        function = call.function or Function()
        parts.append(
            ToolCall(
                id=call.id or made_up_id(answer_id, index),
                name=function.name or "",
                arguments_json=arguments_text(function.arguments),
            )
        )
    return tuple(parts)


def words_and_thoughts(said: Said) -> tuple[str, str]:
    """Return (words, thoughts) of a message or of a piece of one."""
    thoughts = said.reasoning_content or said.reasoning or ""
    content = said.content
    if isinstance(content, list):
        words = _joined(item for item in content if _type_of(item) != "thinking")
        thoughts += _joined(item for item in content if _type_of(item) == "thinking")
        return words, thoughts
    return (content if isinstance(content, str) else ""), thoughts


def made_up_id(answer_id: str, index: int) -> str:
    """Return an id for a call whose server gave none: the answer's own id is different in each turn."""
    return f"{answer_id or 'call'}-{index}"


def arguments_text(arguments: object) -> str:
    """Return a call's arguments as JSON text."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else orjson.dumps(arguments).decode()


def _joined(items: Iterable[object]) -> str:
    """Return the words of content parts; Mistral nests the parts of a thought in one of them."""
    found: list[str] = []
    for item in items:
        if not isinstance(item, dict):
            continue
        inner = item.get("thinking", item.get("text"))
        found.append(_joined(inner) if isinstance(inner, list) else inner if isinstance(inner, str) else "")
    return "".join(found)


def _type_of(item: object) -> object:
    return item.get("type") if isinstance(item, dict) else None
