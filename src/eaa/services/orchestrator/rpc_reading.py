"""From the words of orchestrator.proto to an ask: the one place where what came over gRPC becomes ours."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, TypeVar

from google.protobuf.message import Message as Protobuf

from eaa.domain.ask import Account, Ask
from eaa.domain.caller import Caller
from eaa.domain.catalogue import Catalogue
from eaa.domain.completion import (
    CompletionRequest,
    Effort,
    Image,
    Message,
    Part,
    Reasoning,
    Speaker,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
    ToolSpec,
)
from eaa.domain.ids import RunId, TaskId
from eaa.domain.kind import Kind
from eaa.domain.model import Capability, Sensitivity, Tier
from eaa.domain.role import RoleName
from eaa.domain.service_token import ServiceToken
from eaa.ports.orchestrator import Takeover
from eaa.services.orchestrator.errors import BodyInvalid
from eaa.services.orchestrator.messages import IMAGE_TYPES
from eaa.services.orchestrator.reading import ANY_MODEL, model_of, object_text
from eaa.wire import orchestrator_pb2 as pb

Choice = TypeVar("Choice", bound=Enum)


def caller_of(token: ServiceToken) -> Caller:
    """Return who asks: a role's process asks as its own role, everybody else as any."""
    kind, _, rest = token.issuer.partition("-")
    if kind != "role":
        return Caller(token.organisation_id)
    role = rest.partition("-")[0]
    return Caller(token.organisation_id, frozenset({RoleName(role)} if role in set(RoleName) else ()))


def ask_of(asked: pb.Ask, *, caller: Caller, catalogue: Catalogue) -> Ask:
    """Return what is asked, on the caller's account and in a role that the caller may take.

    Raises:
        BodyInvalid: A picture, a tool, a schema or a word cannot be used.
        ModelNotListed: No model has the name.
        RoleForbidden: The caller may not ask as this role.
    """
    role = _chosen(RoleName, asked.role, "role") if asked.HasField("role") else None
    return Ask(
        request=_request(asked.request),
        account=account_of(asked.account, caller=caller),
        role=caller.role_for(role),
        kind=_chosen(Kind, asked.kind, "kind") if asked.HasField("kind") else None,
        size=_chosen(Tier, asked.size, "size") if asked.HasField("size") else None,
        domain=_given(asked, "domain"),
        model=model_of(asked.model if asked.HasField("model") else ANY_MODEL, catalogue),
        is_pinned=asked.is_pinned,
        needs=frozenset(_chosen(Capability, need, "needs") for need in asked.needs),
        max_cost_microusd=_given(asked, "max_cost_microusd"),
        max_latency_s=_given(asked, "max_latency_s"),
        sensitivity=_chosen(Sensitivity, asked.sensitivity or Sensitivity.NORMAL, "sensitivity"),
        prompt_sha256=_given(asked, "prompt_sha256"),
        tags=frozenset(asked.tags),
        is_cached=_given(asked, "is_cached"),
        is_batch=asked.is_batch,
    )


def account_of(account: pb.Account, *, caller: Caller) -> Account:
    """Return who pays; the organisation is the token's."""
    return Account(
        organisation_id=caller.organisation_id,
        run_id=RunId(account.run_id) if account.run_id else None,
        task_id=TaskId(account.task_id) if account.task_id else None,
        repository=account.repository or None,
        user=account.user or None,
        team=account.team or None,
    )


def takeover_of(request: pb.StreamRequest) -> Takeover:
    """Return what is allowed when the stream breaks after its first word.

    Raises:
        BodyInvalid: It is none of the words there are.
    """
    return _chosen(Takeover, request.takeover or Takeover.CONTINUE.value, "takeover")


def _request(request: pb.Request) -> CompletionRequest:
    if not request.messages:
        raise BodyInvalid("there is no message", place="request.messages", hint="Send at least one.")
    tools = tuple(_tool(tool, f"request.tools[{index}]") for index, tool in enumerate(request.tools))
    schema = _given(request, "answer_schema_json")
    tool_name = _given(request, "tool_name")
    if tool_name is not None and tool_name not in {tool.name for tool in tools}:
        raise BodyInvalid(f"no tool is called {tool_name}", place="request.tool_name", hint="Name one of `tools`.")
    return CompletionRequest(
        messages=tuple(_message(message, index) for index, message in enumerate(request.messages)),
        tools=tools,
        tool_choice=_chosen(ToolChoice, request.tool_choice or ToolChoice.AUTO, "request.tool_choice"),
        tool_name=tool_name,
        has_parallel_tools=not request.has_single_tool,
        answer_schema_json=None if schema is None else object_text(schema, "request.answer_schema_json"),
        max_output_tokens=_given(request, "max_output_tokens"),
        temperature=_given(request, "temperature"),
        top_p=_given(request, "top_p"),
        seed=_given(request, "seed"),
        stop=tuple(request.stop),
        effort=_chosen(Effort, request.effort, "request.effort") if request.HasField("effort") else None,
    )


def _tool(tool: pb.ToolSpec, place: str) -> ToolSpec:
    return ToolSpec(tool.name, tool.description, object_text(tool.parameters_json, f"{place}.parameters_json"))


def _message(message: pb.Message, index: int) -> Message:
    place = f"request.messages[{index}]"
    return Message(_chosen(Speaker, message.speaker, f"{place}.speaker"), tuple(_parts(message, place)))


def _parts(message: pb.Message, place: str) -> Iterator[Part]:
    for part in message.parts:
        match part.WhichOneof("part"):
            case "text":
                yield Text(part.text.text, ends_prefix=part.text.ends_prefix)
            case "image":
                if part.image.media_type not in IMAGE_TYPES:
                    raise BodyInvalid(
                        f"no model sees {part.image.media_type!r}",
                        place=place,
                        hint=f"Use {', '.join(sorted(IMAGE_TYPES))}.",
                    )
                yield Image(part.image.media_type, part.image.content)
            case "reasoning":
                thought = part.reasoning
                yield Reasoning(thought.text, dialect=thought.dialect, opaque=thought.opaque)
            case "tool_call":
                yield ToolCall(part.tool_call.id, part.tool_call.name, part.tool_call.arguments_json)
            case "tool_result":
                result = part.tool_result
                yield ToolResult(result.call_id, result.name, result.text, is_error=result.is_error)
            case _:
                raise BodyInvalid("a part is empty", place=place)


def _given(message: Protobuf, field: str) -> Any:
    return getattr(message, field) if message.HasField(field) else None


def _chosen(words: type[Choice], word: str, place: str) -> Choice:
    try:
        return words(word)
    except ValueError:
        known = ", ".join(sorted(str(member.value) for member in words))
        raise BodyInvalid(f"there is no {word!r}", place=place, hint=f"Words are {known}.") from None
