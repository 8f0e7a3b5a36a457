"""A conversation as Anthropic's Messages format takes it.

Source: Anthropic, "Messages API", "Prompt caching", "Extended thinking", "Adaptive thinking", "Structured outputs",
checked 2026-11.
"""

import re
from base64 import b64encode
from typing import assert_never

from eaa.adapters.models.anthropic_thinking import has_free_sampling, history_has_thinking, is_adaptive, thinking_budget
from eaa.adapters.models.post import (
    output_limit,
    parsed_arguments,
    parsed_opaque,
    parsed_schema,
    refuse_unseen_images,
)
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

REDACTED = "redacted_thinking"
MEDIA_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_BREAKPOINTS = 4
_FOREIGN_ID = re.compile(r"[^a-zA-Z0-9_-]")


def message_body(request: CompletionRequest, route: Route, *, is_stream: bool) -> bytes:
    """Return the body of `POST /messages`.

    A seed has no place in this format and is left out.

    Raises:
        RequestRefused: An image the model cannot see, or a schema that is none.
    """
    refuse_unseen_images(request, route)
    system, turns = _turns(request.messages)
    if goes_on(request):
        _mark_end(turns)
    _keep_last_breakpoints(system, turns)
    body: Block = {"model": route.model.wire_name, "max_tokens": output_limit(request, route), "messages": turns}
    if system:
        body["system"] = system
    if request.stop:
        body["stop_sequences"] = [text for text in request.stop if text.strip()]
    if is_stream:
        body["stream"] = True
    body.update(_tools(request))
    body.update(_thinking_and_sampling(request, route))
    return encoded(body)


def _turns(messages: tuple[Message, ...]) -> tuple[list[Block], list[Block]]:
    """Return the system blocks and the turns, tool results first in each."""
    system, turns = gathered(messages, lambda message: [block for part in message.parts for block in _blocks(part)])
    return system, [
        {"role": "assistant" if speaker is Speaker.ASSISTANT else "user", "content": _results_first(blocks)}
        for speaker, blocks in turns
    ]


def _results_first(blocks: list[Block]) -> list[Block]:
    return sorted(blocks, key=lambda block: block["type"] != "tool_result")


def _blocks(part: Part) -> list[Block]:
    match part:
        case Text(text, ends_prefix):
            if not text:  # An empty block is an error to this provider.
                return []
            block: Block = {"type": "text", "text": text}
            return [{**block, "cache_control": {"type": "ephemeral"}}] if ends_prefix else [block]
        case Image(media_type, content):
            return [_image(media_type, content)]
        case Reasoning():
            return _thoughts(part)
        case ToolCall(call_id, name, arguments):
            return [{"type": "tool_use", "id": own_id(call_id), "name": name, "input": parsed_arguments(arguments)}]
        case ToolResult(call_id, _, text, is_error):
            result: Block = {"type": "tool_result", "tool_use_id": own_id(call_id), "content": text}
            return [{**result, "is_error": True}] if is_error else [result]
        case _:
            assert_never(part)


def _image(media_type: str, content: bytes) -> Block:
    if media_type not in MEDIA_TYPES:
        raise RequestRefused(f"an image of type {media_type} cannot be sent", hint="Send PNG, JPEG, GIF or WebP.")
    source = {"type": "base64", "media_type": media_type, "data": b64encode(content).decode("ascii")}
    return {"type": "image", "source": source}


def _thoughts(part: Reasoning) -> list[Block]:
    """Return the provider's own thoughts as it wrote them; those without its signature would be refused."""
    if part.dialect != Dialect.ANTHROPIC or not part.opaque:
        return []
    if part.opaque.startswith("{"):
        return [{"type": REDACTED, "data": parsed_opaque(part.opaque).get(REDACTED)}]
    return [{"type": "thinking", "thinking": part.text, "signature": part.opaque}]


def own_id(call_id: str) -> str:
    """Return a call's id in the characters that this provider allows; another provider may have made it."""
    return _FOREIGN_ID.sub("_", call_id)


def goes_on(request: CompletionRequest) -> bool:
    """Return whether a conversation with a marked beginning has tools: the next call repeats all of it then."""
    marks = (isinstance(part, Text) and part.ends_prefix for message in request.messages for part in message.parts)
    return bool(request.tools) and any(marks)


def _mark_end(turns: list[Block]) -> None:
    """Mark the last block: the next call reads everything up to here from the cache."""
    content = turns[-1]["content"] if turns else []
    assert isinstance(content, list)
    # An empty block must not be marked.
    if content and content[-1]["type"] in ("text", "tool_result") and (content[-1].get("content", "text")):
        content[-1]["cache_control"] = {"type": "ephemeral"}


def _keep_last_breakpoints(system: list[Block], turns: list[Block]) -> None:
    """Take all marks but the last four away: more are an error, and the longest prefixes are worth the most."""
    marked = [block for block in system if "cache_control" in block]
    for turn in turns:
        content = turn["content"]
        assert isinstance(content, list)
        marked += [block for block in content if "cache_control" in block]
    for block in marked[:-_BREAKPOINTS]:
        del block["cache_control"]


def _tools(request: CompletionRequest) -> Block:
    tools: list[Block] = [
        {
            "name": tool.name,
            "description": tool.description,
            "input_schema": parsed_schema(tool.parameters_json, of=tool.name),
        }
        for tool in request.tools
    ]
    if not tools:
        # Turns that hold calls are refused unless their tools are declared.
        called = {part.name for message in request.messages for part in message.parts if isinstance(part, ToolCall)}
        declared = [{"name": name, "input_schema": {"type": "object"}} for name in sorted(called)]
        return {"tools": declared, "tool_choice": {"type": "none"}} if declared else {}
    return {"tools": tools, **_tool_choice(request)}


def _tool_choice(request: CompletionRequest) -> Block:
    choice: Block
    match request.tool_choice:
        case ToolChoice.NONE:
            return {"tool_choice": {"type": "none"}}
        case ToolChoice.AUTO if request.has_parallel_tools:
            return {}
        case ToolChoice.AUTO:
            choice = {"type": "auto"}
        case ToolChoice.REQUIRED:
            choice = {"type": "tool", "name": request.tool_name} if request.tool_name else {"type": "any"}
        case _:
            assert_never(request.tool_choice)
    if not request.has_parallel_tools:
        choice["disable_parallel_tool_use"] = True
    return {"tool_choice": choice}


def _thinking_and_sampling(request: CompletionRequest, route: Route) -> Block:
    """Return `thinking`, `output_config` and the sampling values that may stand beside them."""
    body: Block = {}
    output: Block = {}
    capabilities = route.model.capabilities
    if request.effort is not None and Capability.REASONING in capabilities:
        # A forced tool is a duty and thinking a wish; this provider refuses the two together.
        if is_adaptive(route):
            output["effort"] = request.effort.value
            if request.tool_choice is not ToolChoice.REQUIRED:
                body["thinking"] = {"type": "adaptive"}
        elif request.tool_choice is not ToolChoice.REQUIRED and history_has_thinking(request, Dialect.ANTHROPIC):
            budget = thinking_budget(request.effort, output_limit(request, route))
            if budget:
                body["thinking"] = {"type": "enabled", "budget_tokens": budget}
    if request.answer_schema_json is not None and Capability.JSON_SCHEMA in capabilities:
        schema = parsed_schema(request.answer_schema_json, of="the answer")
        output["format"] = {"type": "json_schema", "schema": schema}
    if output:
        body["output_config"] = output
    if "thinking" not in body and has_free_sampling(route):
        body.update(_sampling(request))
    return body


def _sampling(request: CompletionRequest) -> Block:
    """Return temperature or else top_p: newer models refuse both at once. This provider's scale ends at 1."""
    if request.temperature is not None:
        return {"temperature": min(request.temperature, 1.0)}
    return {"top_p": request.top_p} if request.top_p is not None else {}
