"""Requests in the chat-completions format.

Source: OpenAI API reference, "Create chat completion" and "Create embeddings", checked 2026-01; what other providers
want differently is said by options of the provider, listed in docs/models.md.
"""

from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Any, Final

import orjson

from eaa.adapters.models.post import parsed_schema, refuse_unseen_images
from eaa.adapters.models.strict_schema import is_strict
from eaa.adapters.models.wire_json import encoded
from eaa.domain.completion import (
    CompletionRequest,
    Image,
    Message,
    Reasoning,
    Speaker,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
    ToolSpec,
)
from eaa.domain.model import Capability, Dialect
from eaa.kit.growing import GrowingMemo
from eaa.ports.models import Route

Json = dict[str, Any]
_MADE: Final = GrowingMemo[Message, list[Json]]()
"""Of a conversation that goes on, only the end is new. What is kept here is encoded and never changed."""


def completion_body(request: CompletionRequest, route: Route, *, is_stream: bool) -> bytes:
    """Return the body of `POST /chat/completions`.

    Raises:
        RequestRefused: It holds a picture for a model without eyes, or a schema that is none.
    """
    refuse_unseen_images(request, route)
    provider, model = route.provider, route.model
    body: Json = {"model": model.wire_name, "messages": _messages(request.messages, route)}
    if request.tools:
        body |= _tools(request)
    if request.max_output_tokens is not None:
        field = provider.option("max_tokens_field", "max_completion_tokens")
        body[field] = min(request.max_output_tokens, model.max_output_tokens)
    if request.answer_schema_json is not None and Capability.JSON_SCHEMA in model.capabilities:
        body["response_format"] = _answer_format(request.answer_schema_json)
    if request.effort is not None and Capability.REASONING in model.capabilities:
        body["reasoning_effort"] = request.effort.value
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.top_p is not None:
        body["top_p"] = request.top_p
    if request.seed is not None:
        body["seed"] = request.seed
    if request.stop:
        body["stop"] = request.stop
    if is_stream:
        body["stream"] = True
        if provider.option("stream_usage", "asked") == "asked":
            body["stream_options"] = {"include_usage": True}
    return encoded(body)


def embedding_body(texts: tuple[str, ...], route: Route) -> bytes:
    """Return the body of `POST /embeddings`."""
    return encoded({"model": route.model.wire_name, "input": texts, "encoding_format": "float"})


def _messages(messages: tuple[Message, ...], route: Route) -> list[Json]:
    has_marks = route.provider.option("cache_marks") == "yes" and Capability.PROMPT_CACHE in route.model.capabilities
    thoughts_field = route.provider.option("reasoning_field")
    made = _MADE.each(
        messages,
        lambda message: _message(message, has_marks=has_marks, thoughts_field=thoughts_field),
        key=(has_marks, thoughts_field),
    )
    return [*chain.from_iterable(made)]


def _message(message: Message, *, has_marks: bool, thoughts_field: str) -> list[Json]:
    match message.speaker:
        case Speaker.SYSTEM:
            return [{"role": "system", "content": _content(message, has_marks=has_marks)}]
        case Speaker.ASSISTANT:
            return [_assistant(message, has_marks=has_marks, thoughts_field=thoughts_field)]
        case Speaker.USER:
            return [*_user(message, has_marks=has_marks)]


def _user(message: Message, *, has_marks: bool) -> Iterator[Json]:
    """Yield the tools' results, each a message of its own that must follow the calls at once, then the words."""
    has_words = False
    for part in message.parts:
        if isinstance(part, ToolResult):
            text = f"Error: {part.text}" if part.is_error else part.text
            yield {"role": "tool", "tool_call_id": part.call_id, "content": text}
        else:
            has_words = True
    if has_words:
        yield {"role": "user", "content": _content(message, has_marks=has_marks)}


def _assistant(message: Message, *, has_marks: bool, thoughts_field: str) -> Json:
    content = _content(message, has_marks=has_marks)
    found: Json = {"role": "assistant", "content": content or None}
    calls = [
        {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": part.arguments_json}}
        for part in message.parts
        if isinstance(part, ToolCall)
    ]
    if calls:
        found["tool_calls"] = calls
    if thoughts_field and (thoughts := _thoughts(message)):
        found[thoughts_field] = thoughts
    return found


def _thoughts(message: Message) -> str:
    own = (part for part in message.parts if isinstance(part, Reasoning) and part.dialect == Dialect.OPENAI)
    return "".join(part.text for part in own)


def _content(message: Message, *, has_marks: bool) -> str | list[Json]:
    """Return the words as one text, which every server takes; as a list only where pictures or marks need one."""
    parts = message.parts
    if len(parts) == 1 and isinstance(parts[0], Text) and not has_marks:
        return parts[0].text
    shown = [part for part in parts if isinstance(part, Text | Image)]
    if any(isinstance(part, Image) or (has_marks and part.ends_prefix) for part in shown):
        return [_content_part(part, has_marks=has_marks) for part in shown]
    return "".join(part.text for part in shown if isinstance(part, Text))


def _content_part(part: Text | Image, *, has_marks: bool) -> Json:
    if isinstance(part, Image):
        address = f"data:{part.media_type};base64,{b64encode(part.content).decode()}"
        return {"type": "image_url", "image_url": {"url": address}}
    found: Json = {"type": "text", "text": part.text}
    if has_marks and part.ends_prefix:
        found["cache_control"] = {"type": "ephemeral"}
    return found


def _tools(request: CompletionRequest) -> Json:
    found: Json = {"tools": [_tool(tool) for tool in request.tools]}
    if not request.has_parallel_tools:
        found["parallel_tool_calls"] = False
    match request.tool_choice:
        case ToolChoice.AUTO:
            pass
        case ToolChoice.NONE:
            found["tool_choice"] = "none"
        case ToolChoice.REQUIRED if request.tool_name is None:
            found["tool_choice"] = "required"
        case ToolChoice.REQUIRED:
            found["tool_choice"] = {"type": "function", "function": {"name": request.tool_name}}
    return found


@lru_cache(maxsize=512)
def _tool(tool: ToolSpec) -> Json:
    """Return a tool; kept, because the same few tools go out with each call. Nobody changes what is returned."""
    parsed_schema(tool.parameters_json, of=f"the tool {tool.name}")
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": orjson.Fragment(tool.parameters_json),
        },
    }


@lru_cache(maxsize=128)
def _answer_format(schema_json: str) -> Json:
    schema = parsed_schema(schema_json, of="the answer")
    described = {"name": "answer", "strict": is_strict(schema), "schema": orjson.Fragment(schema_json)}
    return {"type": "json_schema", "json_schema": described}
