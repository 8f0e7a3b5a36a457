"""Asks as the service takes them: OpenAI's fields where there is one, the rest in objects called `eaa`."""

from base64 import b64encode
from collections.abc import Iterator

import orjson

from eaa.domain.ask import Account, Ask
from eaa.domain.completion import (
    CompletionRequest,
    Image,
    Message,
    Part,
    Reasoning,
    Speaker,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from eaa.domain.model_errors import RequestRefused
from eaa.ports.orchestrator import Takeover

Json = dict[str, object]

ANY_MODEL = "auto"


def chat_body(ask: Ask, *, takeover: Takeover | None = None) -> bytes:
    """Return the body of a chat completion, of a stream when a takeover is given.

    Raises:
        RequestRefused: A text holds half of a surrogate pair, which no JSON can carry.
    """
    body = {"model": ask.model or ANY_MODEL, **_request(ask.request), "eaa": _ours(ask)}
    if takeover is not None:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        body["eaa"] = _ours(ask) | {"takeover": takeover.value}
    return _encoded(body)


def embedding_body(texts: tuple[str, ...], *, account: Account, model: str | None) -> bytes:
    """Return the body of embeddings.

    Raises:
        RequestRefused: A text holds half of a surrogate pair, which no JSON can carry.
    """
    return _encoded(
        {"model": model or ANY_MODEL, "input": texts, "encoding_format": "float", "eaa": {"account": _account(account)}}
    )


def _request(request: CompletionRequest) -> Json:
    body: Json = {"messages": [said for message in request.messages for said in _messages(message)]}
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": orjson.Fragment(tool.parameters_json),
                },
            }
            for tool in request.tools
        ]
        body |= {"tool_choice": _choice(request), "parallel_tool_calls": request.has_parallel_tools}
    if request.answer_schema_json is not None:
        schema = {"name": "answer", "schema": orjson.Fragment(request.answer_schema_json)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    given: Json = {
        "max_completion_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "stop": request.stop or None,
        "reasoning_effort": request.effort,
    }
    return body | {name: value for name, value in given.items() if value is not None}


def _choice(request: CompletionRequest) -> object:
    if request.tool_choice is ToolChoice.REQUIRED and request.tool_name is not None:
        return {"type": "function", "function": {"name": request.tool_name}}
    return request.tool_choice.value


def _ours(ask: Ask) -> Json:
    given: Json = {
        "role": ask.role,
        "kind": ask.kind,
        "size": ask.size,
        "domain": ask.domain,
        "max_cost_microusd": ask.max_cost_microusd,
        "max_latency_s": ask.max_latency_s,
        "prompt_sha256": ask.prompt_sha256,
        "is_cached": ask.is_cached,
    }
    return {name: value for name, value in given.items() if value is not None} | {
        "needs": sorted(ask.needs),
        "sensitivity": ask.sensitivity,
        "is_pinned": ask.is_pinned,
        "tags": sorted(ask.tags),
        "account": _account(ask.account),
    }


def _account(account: Account) -> Json:
    given = {
        "organisation": account.organisation_id,
        "run": account.run_id,
        "task": account.task_id,
        "repository": account.repository,
        "user": account.user,
        "team": account.team,
    }
    return {name: value for name, value in given.items() if value is not None}


def _messages(message: Message) -> Iterator[Json]:
    match message.speaker:
        case Speaker.SYSTEM:
            yield {"role": "system", "content": _content(message.parts)}
        case Speaker.ASSISTANT:
            yield _assistant(message.parts)
        case Speaker.USER:
            yield from _user(message.parts)


def _user(parts: tuple[Part, ...]) -> Iterator[Json]:
    """Yield tools' results, each a message of its own, and the words; the service joins them again."""
    results = [part for part in parts if isinstance(part, ToolResult)]
    for result in results:
        extra = {"eaa": {"is_error": True}} if result.is_error else {}
        yield {"role": "tool", "tool_call_id": result.call_id, "content": result.text, **extra}
    words = tuple(part for part in parts if not isinstance(part, ToolResult))
    if words or not results:
        yield {"role": "user", "content": _content(words)}


def _assistant(parts: tuple[Part, ...]) -> Json:
    said: Json = {"role": "assistant", "content": _content(parts) or None}
    calls = [part for part in parts if isinstance(part, ToolCall)]
    if calls:
        said["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_json}}
            for call in calls
        ]
    # What OpenAI's message cannot tell, thoughts and words between calls, stands in a list of its own.
    own = [part for part in parts if isinstance(part, Reasoning | Text | ToolCall)]
    if [type(part) for part in own] not in ([ToolCall] * len(calls), [Text, *[ToolCall] * len(calls)]):
        said["eaa"] = {"parts": [_in_place(part) for part in own]}
    return said


def _in_place(part: Reasoning | Text | ToolCall) -> Json:
    match part:
        case Reasoning():
            return {"type": "reasoning", "text": part.text, "dialect": part.dialect, "opaque": part.opaque}
        case Text():
            return {"type": "text", "text": part.text, "ends_prefix": part.ends_prefix}
        case ToolCall():
            return {"type": "tool_call", "id": part.id}


def _content(parts: tuple[Part, ...]) -> str | list[Json]:
    shown = [part for part in parts if isinstance(part, Text | Image)]
    if len(shown) == 1 and isinstance(shown[0], Text) and not shown[0].ends_prefix:
        return shown[0].text
    return [_content_part(part) for part in shown]


def _content_part(part: Text | Image) -> Json:
    if isinstance(part, Image):
        address = f"data:{part.media_type};base64,{b64encode(part.content).decode()}"
        return {"type": "image_url", "image_url": {"url": address}}
    mark = {"cache_control": {"type": "ephemeral"}} if part.ends_prefix else {}
    return {"type": "text", "text": part.text, **mark}


def _encoded(body: Json) -> bytes:
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError as error:
        raise RequestRefused(f"the request cannot be written as JSON: {error}") from error
