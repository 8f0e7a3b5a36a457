"""From a request's body to an ask: the one place where what came over HTTP becomes ours."""

from typing import TypeVar

import msgspec

from eaa.domain.ask import Account, Ask
from eaa.domain.caller import Caller, OrganisationForbidden
from eaa.domain.catalogue import Catalogue
from eaa.domain.completion import CompletionRequest, Effort, ToolChoice, ToolSpec
from eaa.domain.ids import RunId, TaskId
from eaa.services.orchestrator.bodies import (
    AccountBody,
    ChatBody,
    ChosenTool,
    EmbeddingBody,
    ObjectFormat,
    SchemaFormat,
    ToolSpecBody,
)
from eaa.services.orchestrator.errors import BodyInvalid, ModelNotListed
from eaa.services.orchestrator.messages import messages_of

ANY_MODEL = "auto"
"""In place of a model's name: the orchestrator chooses."""
Body = TypeVar("Body")

_CHAT = msgspec.json.Decoder(ChatBody)
_EMBEDDING = msgspec.json.Decoder(EmbeddingBody)
_EFFORTS = {
    "minimal": Effort.LOW,
    "low": Effort.LOW,
    "medium": Effort.MEDIUM,
    "high": Effort.HIGH,
    "xhigh": Effort.HIGH,
}
_ANY_OBJECT = '{"type":"object"}'


def chat_body(content: bytes) -> ChatBody:
    """Return a checked body of a chat completion.

    Raises:
        BodyInvalid: It is not JSON, a field has a wrong type, or asks for what we do not do.
    """
    body = _decoded(content, _CHAT)
    if body.n not in {None, 1}:
        raise BodyInvalid("one answer is given a request", place="n", hint="Leave `n` out, and ask several times.")
    if body.logprobs:
        raise BodyInvalid("probabilities of tokens are not given", place="logprobs", hint="Leave `logprobs` out.")
    if body.functions is not msgspec.UNSET:
        raise BodyInvalid("`functions` is the old name", place="functions", hint="Write `tools`.")
    return body


def embedding_body(content: bytes) -> EmbeddingBody:
    """Return a checked body of an embedding.

    Raises:
        BodyInvalid: It is not JSON, a field has a wrong type, or asks for what we do not do.
    """
    body = _decoded(content, _EMBEDDING)
    if body.dimensions is not None:
        raise BodyInvalid("vectors come as long as the model makes them", place="dimensions", hint="Leave it out.")
    return body


def ask_of(body: ChatBody, *, caller: Caller, catalogue: Catalogue) -> Ask:
    """Return what a body asks for, on its caller's account and in a role that the caller may take.

    Raises:
        BodyInvalid: A picture, a tool or a schema cannot be used.
        ModelNotListed: No model has the name.
        RoleForbidden: The caller may not ask as this role.
        OrganisationForbidden: The body names another organisation than the token.
    """
    ours = body.eaa
    return Ask(
        request=_request(body),
        account=account_of(ours.account, caller=caller, user=body.user),
        role=caller.role_for(ours.role),
        kind=ours.kind,
        size=ours.size,
        domain=ours.domain,
        model=model_of(body.model, catalogue),
        is_pinned=ours.is_pinned,
        needs=frozenset(ours.needs),
        max_cost_microusd=ours.max_cost_microusd,
        max_latency_s=ours.max_latency_s,
        sensitivity=ours.sensitivity,
        prompt_sha256=ours.prompt_sha256,
        tags=frozenset(ours.tags),
        is_cached=ours.is_cached,
    )


def account_of(body: AccountBody, *, caller: Caller, user: str | None) -> Account:
    """Return who pays; OpenAI's own `user` counts where `eaa` names none.

    Raises:
        OrganisationForbidden: The body names another organisation than the token.
    """
    if body.organisation is not None and body.organisation != caller.organisation_id:
        raise OrganisationForbidden(body.organisation)
    return Account(
        organisation_id=caller.organisation_id,
        run_id=None if body.run is None else RunId(body.run),
        task_id=None if body.task is None else TaskId(body.task),
        repository=body.repository,
        user=body.user or user,
        team=body.team,
    )


def model_of(name: str, catalogue: Catalogue) -> str | None:
    """Return the model that is named, None for any.

    Raises:
        ModelNotListed: No model has this name.
    """
    if name in catalogue.by_name:
        return name
    if name == ANY_MODEL:
        return None
    raise ModelNotListed(name, known=tuple(catalogue.by_name))


def object_text(text: str, place: str) -> str:
    """Return a JSON Schema's text.

    Raises:
        BodyInvalid: It is no object.
    """
    text = text.strip()
    if not text.startswith("{"):
        raise BodyInvalid("a JSON Schema is an object", place=place, hint="Write an object.")
    return text


def _request(body: ChatBody) -> CompletionRequest:
    choice, tool_name = _choice(body)
    return CompletionRequest(
        messages=messages_of(body.messages),
        tools=tuple(_tool(tool, f"tools[{index}]") for index, tool in enumerate(body.tools or ())),
        tool_choice=choice,
        tool_name=tool_name,
        has_parallel_tools=body.parallel_tool_calls is not False,
        answer_schema_json=_schema(body),
        max_output_tokens=body.max_completion_tokens or body.max_tokens,
        temperature=body.temperature,
        top_p=body.top_p,
        seed=body.seed,
        stop=(body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ()),
        effort=_EFFORTS.get(body.reasoning_effort or "none"),
    )


def _choice(body: ChatBody) -> tuple[ToolChoice, str | None]:
    match body.tool_choice:
        case None:
            return ToolChoice.AUTO, None
        case ChosenTool():
            name = body.tool_choice.function.name
            if name not in {tool.function.name for tool in body.tools or ()}:
                raise BodyInvalid(f"no tool is called {name}", place="tool_choice", hint="Name one of `tools`.")
            return ToolChoice.REQUIRED, name
        case _:
            return ToolChoice(body.tool_choice), None


def _tool(tool: ToolSpecBody, place: str) -> ToolSpec:
    parameters = object_text(bytes(tool.function.parameters).decode(), f"{place}.function.parameters")
    return ToolSpec(tool.function.name, tool.function.description or "", parameters)


def _schema(body: ChatBody) -> str | None:
    match body.response_format:
        case SchemaFormat():
            schema = body.response_format.json_schema.schema
            return object_text(bytes(schema).decode(), "response_format.json_schema.schema")
        case ObjectFormat():
            return _ANY_OBJECT
        case _:
            return None


def _decoded(content: bytes, decoder: "msgspec.json.Decoder[Body]") -> Body:
    try:
        return decoder.decode(content)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `")
        raise BodyInvalid(message, place=place.rstrip("`").removeprefix("$").removeprefix(".")) from None
    except RecursionError:
        raise BodyInvalid("the body is nested too deeply", hint="Send a flatter one.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BodyInvalid(f"the body is not JSON: {error}", hint="Send one JSON object.") from None
