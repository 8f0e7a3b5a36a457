"""A conversation as OpenAI's Responses format takes it. Nothing is kept at the provider (`store: false`).

A seed has no place in this format and is left out; stop sequences have none either, and are refused, because an answer
that runs past them is another answer. Source: OpenAI API reference, "Create a model response", "Reasoning models",
checked 2026-11.
"""

from base64 import b64encode
from collections.abc import Iterator
from typing import assert_never

from eaa.adapters.models.post import output_limit, parsed_opaque, parsed_schema, refuse_unseen_images
from eaa.adapters.models.strict_schema import is_strict
from eaa.adapters.models.turns import Block
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
)
from eaa.domain.model import Capability, Dialect
from eaa.domain.model_errors import RequestRefused
from eaa.ports.models import Route

_LEAST_OUTPUT = 16


def response_body(request: CompletionRequest, route: Route, *, is_stream: bool) -> bytes:
    """Return the body of `POST /responses`.

    Raises:
        RequestRefused: Stop sequences, an image the model cannot see, or a schema that is none.
    """
    refuse_unseen_images(request, route)
    if request.stop:
        raise RequestRefused(
            "OpenAI's Responses format has no stop sequences",
            model=route.model.name,
            hint="Use the dialect `openai` for this provider, or ask without them.",
        )
    instructions, rest = _instructions(request.messages)
    body: Block = {
        "model": route.model.wire_name,
        "input": [item for message in rest for item in _items(message)],
        "max_output_tokens": max(_LEAST_OUTPUT, output_limit(request, route)),
        "store": False,
    }
    if instructions:
        body["instructions"] = instructions
    if is_stream:
        body["stream"] = True
    if request.tools:
        body.update(_tools(request))
    if request.answer_schema_json is not None and Capability.JSON_SCHEMA in route.model.capabilities:
        schema = parsed_schema(request.answer_schema_json, of="the answer")
        answer = {"type": "json_schema", "name": "answer", "schema": schema, "strict": is_strict(schema)}
        body["text"] = {"format": answer}
    body.update(_reasoning_or_sampling(request, route))
    return encoded(body)


def _instructions(messages: tuple[Message, ...]) -> tuple[str, tuple[Message, ...]]:
    """Return what the system says first, as one text, and the messages after it."""
    count = 0
    while count < len(messages) and messages[count].speaker is Speaker.SYSTEM:
        count += 1
    texts = [part.text for message in messages[:count] for part in message.parts if isinstance(part, Text)]
    return "\n\n".join(text for text in texts if text), messages[count:]


def _items(message: Message) -> Iterator[Block]:
    """Yield a message as items: calls, results and thoughts stand for themselves between the words."""
    words: list[Block] = []
    role = message.speaker.value
    for part in message.parts:
        word = _word(part, role)
        if word is not None:
            words.append(word)
            continue
        item = _item(part)
        if item is not None:
            if words:
                yield {"role": role, "content": words}
                words = []
            yield item
    if words:
        yield {"role": role, "content": words}


def _word(part: object, role: str) -> Block | None:
    match part:
        case Text(text, _) if text:
            return {"type": "output_text" if role == "assistant" else "input_text", "text": text}
        case Image(media_type, content):
            address = f"data:{media_type};base64,{b64encode(content).decode('ascii')}"
            return {"type": "input_image", "image_url": address}
        case _:
            return None


def _item(part: object) -> Block | None:
    match part:
        case ToolCall(call_id, name, arguments):
            return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments or "{}"}
        case ToolResult(call_id, _, text, is_error):
            said = f"Error: {text}" if is_error else text
            return {"type": "function_call_output", "call_id": call_id, "output": said}
        case Reasoning(_, dialect, opaque) if dialect == Dialect.RESPONSES and opaque:
            return parsed_opaque(opaque)
        case _:
            return None


def _tools(request: CompletionRequest) -> Block:
    declared = []
    for tool in request.tools:
        schema = parsed_schema(tool.parameters_json, of=tool.name)
        spec = {"type": "function", "name": tool.name, "description": tool.description, "parameters": schema}
        declared.append({**spec, "strict": False})
    body: Block = {"tools": declared}
    if not request.has_parallel_tools:
        body["parallel_tool_calls"] = False
    match request.tool_choice:
        case ToolChoice.AUTO:
            pass
        case ToolChoice.NONE:
            body["tool_choice"] = "none"
        case ToolChoice.REQUIRED:
            only = {"type": "function", "name": request.tool_name}
            body["tool_choice"] = only if request.tool_name else "required"
        case _:
            assert_never(request.tool_choice)
    return body


def _reasoning_or_sampling(request: CompletionRequest, route: Route) -> Block:
    """Return how to reason, or else how to sample: a reasoning model refuses a temperature."""
    if Capability.REASONING in route.model.capabilities:
        body: Block = {"include": ["reasoning.encrypted_content"]}
        reasoning = {}
        if request.effort is not None:
            reasoning["effort"] = request.effort.value
        # Summaries are for verified organisations only, so they are asked for by option.
        if route.provider.option("reasoning_summary"):
            reasoning["summary"] = route.provider.option("reasoning_summary")
        return {**body, "reasoning": reasoning} if reasoning else body
    sampling = {"temperature": request.temperature, "top_p": request.top_p}
    return {name: value for name, value in sampling.items() if value is not None}
