"""A conversation as Bedrock's Converse takes it.

Converse has no seed and cannot forbid tools that are declared: with `NONE` they are left out where the conversation
allows. Source: AWS, "Amazon Bedrock Runtime: Converse", "Prompt caching", "Structured outputs", checked 2026-11.
"""

from base64 import b64encode
from typing import assert_never

from eaa.adapters.models.anthropic_request import goes_on, own_id
from eaa.adapters.models.anthropic_thinking import has_free_sampling, history_has_thinking, is_adaptive, thinking_budget
from eaa.adapters.models.post import output_limit, parsed_arguments, parsed_opaque, parsed_schema, refuse_unseen_images
from eaa.adapters.models.turns import Block, gathered
from eaa.adapters.models.wire_json import encoded
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
from eaa.domain.model import Capability, Dialect
from eaa.domain.model_errors import RequestRefused
from eaa.ports.models import Route

REDACTED = "redactedContent"
_FORMATS = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
_LONGEST_ID = 64
_BREAKPOINTS = 4


def converse_body(request: CompletionRequest, route: Route) -> bytes:
    """Return the body of `converse` and of `converse-stream`.

    Raises:
        RequestRefused: An image the model cannot see, or a schema that is none.
    """
    refuse_unseen_images(request, route)
    has_marks = Capability.PROMPT_CACHE in route.model.capabilities
    system, turns = gathered(request.messages, lambda message: _blocks(message, has_marks=has_marks))
    messages: list[Block] = [
        {"role": "assistant" if speaker is Speaker.ASSISTANT else "user", "content": _results_first(blocks)}
        for speaker, blocks in turns
    ]
    if has_marks and goes_on(request):
        _mark_end(messages)
    _keep_last_breakpoints(
        [system, *(blocks for message in messages if isinstance(blocks := message["content"], list))]
    )
    body: Block = {"messages": messages}
    if system:
        body["system"] = system
    tools = _tools(request)
    if tools:
        body["toolConfig"] = tools
    if request.answer_schema_json is not None and Capability.JSON_SCHEMA in route.model.capabilities:
        parsed_schema(request.answer_schema_json, of="the answer")
        schema = {"name": "answer", "schema": request.answer_schema_json}
        body["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}}
    thinking = _thinking(request, route)
    if thinking:
        body["additionalModelRequestFields"] = thinking
    body["inferenceConfig"] = _inference(request, route, is_thinking="thinking" in thinking)
    return encoded(body)


def _mark_end(messages: list[Block]) -> None:
    """Mark the end: the next call reads everything up to here from the cache."""
    content = messages[-1]["content"] if messages else []
    assert isinstance(content, list)
    if content and "cachePoint" not in content[-1] and messages[-1]["role"] == "user":
        content.append({"cachePoint": {"type": "default"}})


def _results_first(blocks: list[Block]) -> list[Block]:
    return sorted(blocks, key=lambda block: "toolResult" not in block)


def _blocks(message: Message, *, has_marks: bool) -> list[Block]:
    blocks: list[Block] = []
    for part in message.parts:
        block = _block(part)
        if block is not None:
            blocks.append(block)
            if has_marks and isinstance(part, Text) and part.ends_prefix:
                blocks.append({"cachePoint": {"type": "default"}})
    return blocks


def _block(part: Part) -> Block | None:
    match part:
        case Text(text, _):
            return {"text": text} if text else None
        case Image(media_type, content):
            return _image(media_type, content)
        case Reasoning():
            return _thought(part)
        case ToolCall(call_id, name, arguments):
            call = {"toolUseId": _id(call_id), "name": name, "input": parsed_arguments(arguments)}
            return {"toolUse": call}
        case ToolResult(call_id, _, text, is_error):
            result: Block = {"toolUseId": _id(call_id), "content": [{"text": text or "(nothing)"}]}
            # Some models know no status; it is said only where it says something.
            return {"toolResult": {**result, "status": "error"} if is_error else result}
        case _:
            assert_never(part)


def _image(media_type: str, content: bytes) -> Block:
    if media_type not in _FORMATS:
        raise RequestRefused(f"an image of type {media_type} cannot be sent", hint="Send PNG, JPEG, GIF or WebP.")
    return {"image": {"format": _FORMATS[media_type], "source": {"bytes": b64encode(content).decode("ascii")}}}


def _thought(part: Reasoning) -> Block | None:
    if part.dialect != Dialect.BEDROCK or not part.opaque:
        return None
    if part.opaque.startswith("{"):
        return {"reasoningContent": {REDACTED: parsed_opaque(part.opaque).get(REDACTED)}}
    return {"reasoningContent": {"reasoningText": {"text": part.text, "signature": part.opaque}}}


def _id(call_id: str) -> str:
    return own_id(call_id)[-_LONGEST_ID:]


def _keep_last_breakpoints(places: list[list[Block]]) -> None:
    """Take all marks but the last four away: more are an error."""
    marks = [(blocks, block) for blocks in places for block in blocks if "cachePoint" in block]
    for blocks, mark in marks[:-_BREAKPOINTS]:
        del blocks[next(index for index, block in enumerate(blocks) if block is mark)]


def _tools(request: CompletionRequest) -> Block:
    called = {part.name for message in request.messages for part in message.parts if isinstance(part, ToolCall)}
    if request.tools and (request.tool_choice is not ToolChoice.NONE or called):
        tools = [
            _tool(tool.name, tool.description, parsed_schema(tool.parameters_json, of=tool.name))
            for tool in request.tools
        ]
    else:
        # Turns that hold calls are refused unless their tools are declared.
        tools = [_tool(name, "No longer in use.", {"type": "object"}) for name in sorted(called)]
    if not tools:
        return {}
    if request.tool_choice is ToolChoice.REQUIRED:
        choice: Block = {"tool": {"name": request.tool_name}} if request.tool_name else {"any": {}}
        return {"tools": tools, "toolChoice": choice}
    return {"tools": tools}


def _tool(name: str, description: str, schema: object) -> Block:
    return {"toolSpec": {"name": name, "description": description or name, "inputSchema": {"json": schema}}}


def _thinking(request: CompletionRequest, route: Route) -> Block:
    """Return how Claude is asked to think, in its own fields; other models take no effort here."""
    if request.effort is None or Capability.REASONING not in route.model.capabilities:
        return {}
    if "claude" not in route.model.wire_name or request.tool_choice is ToolChoice.REQUIRED:
        return {}
    if is_adaptive(route):
        return {"thinking": {"type": "adaptive"}, "output_config": {"effort": request.effort.value}}
    budget = thinking_budget(request.effort, output_limit(request, route))
    if not budget or not history_has_thinking(request, Dialect.BEDROCK):
        return {}
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _inference(request: CompletionRequest, route: Route, *, is_thinking: bool) -> Block:
    inference: Block = {"maxTokens": output_limit(request, route)}
    if request.stop:
        inference["stopSequences"] = list(request.stop)
    if not is_thinking and has_free_sampling(route):
        if request.temperature is not None:
            inference["temperature"] = min(request.temperature, 1.0)
        elif request.top_p is not None:
            inference["topP"] = request.top_p
    return inference
