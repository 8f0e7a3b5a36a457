"""A conversation as Gemini's `generateContent` takes it.

A cache mark has no place here: this provider finds equal prefixes itself. Nor can several calls in one answer be
forbidden. Source: Google, "Gemini API: generateContent", "Function calling", "Thinking", "Thought signatures",
"Structured output", checked 2026-11.
"""

import re
from base64 import b64encode
from typing import assert_never

from eaa.adapters.models.post import output_limit, parsed_arguments, parsed_schema, refuse_unseen_images
from eaa.adapters.models.turns import Block, gathered
from eaa.adapters.models.wire_json import encoded
from eaa.domain.completion import (
    CompletionRequest,
    Effort,
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
from eaa.ports.models import Route

MADE_ID = "eaa-"
"""How the id of a call begins that the provider gave none; it is not sent back."""
FOREIGN_CALL_SIGNATURE = "skip_thought_signature_validator"
"""What the provider asks to be put on a call that another model made."""
_MOST_STOPS = 5
_VERSION = re.compile(r"gemini-(\d+)(?:\.(\d+))?")


def content_body(request: CompletionRequest, route: Route, *, dialect: Dialect) -> bytes:
    """Return the body of `generateContent`, for Gemini's own interface or for Vertex.

    Raises:
        RequestRefused: An image the model cannot see, or a schema that is none.
    """
    refuse_unseen_images(request, route)
    is_checked = _version(route.model.wire_name) >= (3, 0)
    system, turns = gathered(request.messages, lambda message: _parts(message, dialect=dialect, is_checked=is_checked))
    body: Block = {
        "contents": [
            {"role": "model" if speaker is Speaker.ASSISTANT else "user", "parts": _results_first(parts)}
            for speaker, parts in turns
        ],
        "generationConfig": _generation(request, route),
    }
    if system:
        body["systemInstruction"] = {"parts": system}
    if request.tools:
        declared = [
            {
                "name": tool.name,
                "description": tool.description,
                "parametersJsonSchema": parsed_schema(tool.parameters_json, of=tool.name),
            }
            for tool in request.tools
        ]
        body["tools"] = [{"functionDeclarations": declared}]
        body["toolConfig"] = {"functionCallingConfig": _calling(request)}
    return encoded(body)


def _results_first(parts: list[Block]) -> list[Block]:
    return sorted(parts, key=lambda part: "functionResponse" not in part)


def _parts(message: Message, *, dialect: Dialect, is_checked: bool) -> list[Block]:
    """Return a message's parts. A signature goes back on the part that follows it, as it came."""
    parts: list[Block] = []
    signature = ""
    is_signed = False
    for part in message.parts:
        if isinstance(part, Reasoning):
            if part.dialect == dialect and part.opaque:
                if signature:
                    parts.append({"text": "", "thoughtSignature": signature})
                signature = part.opaque
            continue
        spelled = _part(part, dialect)
        if spelled is None:
            continue
        if signature:
            spelled["thoughtSignature"], signature, is_signed = signature, "", True
        elif isinstance(part, ToolCall) and is_checked and not is_signed:
            # One call of a turn must be signed; parallel ones after it are not.
            spelled["thoughtSignature"], is_signed = FOREIGN_CALL_SIGNATURE, True
        parts.append(spelled)
    if signature:
        parts.append({"text": "", "thoughtSignature": signature})
    return parts


def _part(part: Text | Image | ToolCall | ToolResult, dialect: Dialect) -> Block | None:
    match part:
        case Text(text, _):
            return {"text": text} if text else None
        case Image(media_type, content):
            return {"inlineData": {"mimeType": media_type, "data": b64encode(content).decode("ascii")}}
        case ToolCall(call_id, name, arguments):
            return {"functionCall": {**_id(call_id, dialect), "name": name, "args": parsed_arguments(arguments)}}
        case ToolResult(call_id, name, text, is_error):
            said = {"error": text} if is_error else {"result": text}
            return {"functionResponse": {**_id(call_id, dialect), "name": name, "response": said}}
        case _:
            assert_never(part)


def _id(call_id: str, dialect: Dialect) -> dict[str, str]:
    """Return the id where the provider knows it; Vertex goes by names and order."""
    return {} if dialect is Dialect.VERTEX or call_id.startswith(MADE_ID) else {"id": call_id}


def _generation(request: CompletionRequest, route: Route) -> Block:
    generation: Block = {"maxOutputTokens": output_limit(request, route)}
    if request.temperature is not None:
        generation["temperature"] = request.temperature
    if request.top_p is not None:
        generation["topP"] = request.top_p
    if request.seed is not None:
        generation["seed"] = request.seed
    if request.stop:
        generation["stopSequences"] = list(request.stop[:_MOST_STOPS])
    capabilities = route.model.capabilities
    if request.answer_schema_json is not None and Capability.JSON_SCHEMA in capabilities:
        generation["responseMimeType"] = "application/json"
        generation["responseJsonSchema"] = parsed_schema(request.answer_schema_json, of="the answer")
    if request.effort is not None and Capability.REASONING in capabilities:
        generation["thinkingConfig"] = _thinking(request.effort, route, output_limit(request, route))
    return generation


def _thinking(effort: Effort, route: Route, limit: int) -> Block:
    """Return a level from version 3 on, before that a budget; the two together are refused."""
    if _version(route.model.wire_name) >= (3, 0):
        return {"thinkingLevel": effort.value, "includeThoughts": True}
    match effort:
        case Effort.LOW:
            budget = 1024
        case Effort.MEDIUM:
            budget = 8192
        case Effort.HIGH:
            budget = 24576
        case _:
            assert_never(effort)
    return {"thinkingBudget": min(budget, max(128, limit * 3 // 4)), "includeThoughts": True}


def _calling(request: CompletionRequest) -> Block:
    match request.tool_choice:
        case ToolChoice.AUTO:
            return {"mode": "AUTO"}
        case ToolChoice.NONE:
            return {"mode": "NONE"}
        case ToolChoice.REQUIRED:
            only = {"allowedFunctionNames": [request.tool_name]} if request.tool_name else {}
            return {"mode": "ANY", **only}
        case _:
            assert_never(request.tool_choice)


def _version(wire_name: str) -> tuple[int, int]:
    """Return the version in the name; the newest for a name without one."""
    found = _VERSION.search(wire_name)
    return (int(found[1]), int(found[2] or 0)) if found is not None else (99, 0)
