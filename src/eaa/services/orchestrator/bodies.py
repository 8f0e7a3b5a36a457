"""Request bodies as they may come. OpenAI's fields that we do not know are tolerated, a wrong type never.

Source: OpenAI API reference, "Create chat completion" and "Create embeddings", checked 2026-01. What is ours stands in
objects called `eaa`, where an unknown field is refused: a misspelt `sensitivity` must not pass for an absent one.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from eaa.domain.kind import Kind
from eaa.domain.model import Capability, Sensitivity, Tier
from eaa.domain.role import RoleName
from eaa.ports.orchestrator import Takeover

Name = Annotated[str, Meta(min_length=1, max_length=256)]
Positive = Annotated[int, Meta(ge=1, le=1 << 31)]


class AccountBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Who pays, beside the organisation, which the token decides."""

    organisation: Name | None = None
    """Only to be sure: another one than the token's is refused."""
    run: Name | None = None
    task: Name | None = None
    repository: Name | None = None
    user: Name | None = None
    team: Name | None = None


class AskBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What OpenAI has no field for."""

    role: RoleName | None = None
    kind: Kind | None = None
    size: Tier | None = None
    domain: Name | None = None
    needs: list[Capability] = []
    sensitivity: Sensitivity = Sensitivity.NORMAL
    is_pinned: bool = False
    max_cost_microusd: Annotated[int, Meta(ge=0, le=1 << 53)] | None = None
    max_latency_s: Annotated[float, Meta(ge=0)] | None = None
    account: AccountBody = AccountBody()
    prompt_sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None
    tags: list[Name] = []
    is_cached: bool | None = None
    takeover: Takeover = Takeover.CONTINUE


class CacheControl(Struct, frozen=True):
    """A mark for the provider's prompt cache, as Anthropic and OpenRouter write it."""

    type: Literal["ephemeral"]


class TextBody(Struct, frozen=True, tag="text"):
    """Words."""

    text: str
    cache_control: CacheControl | None = None


class ImageAddress(Struct, frozen=True):
    """Where a picture is; only `data:` addresses are taken."""

    url: str


class ImageBody(Struct, frozen=True, tag="image_url"):
    """A picture."""

    image_url: ImageAddress


class RefusalBody(Struct, frozen=True, tag="refusal"):
    """Words by which a model declined."""

    refusal: str


ContentBody: TypeAlias = str | list[TextBody | ImageBody | RefusalBody] | None


class ReasoningPart(Struct, frozen=True, tag="reasoning"):
    """A model's thoughts, to go back to the provider that wrote them."""

    text: str
    dialect: str
    opaque: str = ""


class TextPart(Struct, frozen=True, tag="text"):
    """Words between thoughts and calls."""

    text: str
    ends_prefix: bool = False


class CallPart(Struct, frozen=True, tag="tool_call"):
    """The place of a tool call among the parts."""

    id: str


class PartsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The parts of a model's own message in their order, where thoughts are among them."""

    parts: list[ReasoningPart | TextPart | CallPart]


class ResultExtra(Struct, frozen=True, forbid_unknown_fields=True):
    """What a tool's message cannot say."""

    is_error: bool = False


class FunctionCallBody(Struct, frozen=True):
    """What was called."""

    name: Name
    arguments: str


class ToolCallBody(Struct, frozen=True):
    """A model's call of a tool."""

    id: Name
    function: FunctionCallBody
    type: Literal["function"] = "function"


class SystemBody(Struct, frozen=True, tag_field="role", tag="system"):
    """An instruction."""

    content: str | list[TextBody]


class DeveloperBody(Struct, frozen=True, tag_field="role", tag="developer"):
    """An instruction, by its newer name."""

    content: str | list[TextBody]


class UserBody(Struct, frozen=True, tag_field="role", tag="user"):
    """What the user says and shows."""

    content: str | list[TextBody | ImageBody]


class AssistantBody(Struct, frozen=True, tag_field="role", tag="assistant"):
    """What a model said."""

    content: ContentBody = None
    refusal: str | None = None
    tool_calls: list[ToolCallBody] | None = None
    eaa: PartsBody | None = None


class ToolBody(Struct, frozen=True, tag_field="role", tag="tool"):
    """What a tool answered."""

    tool_call_id: Name
    content: str | list[TextBody]
    eaa: ResultExtra = ResultExtra()


MessageBody: TypeAlias = SystemBody | DeveloperBody | UserBody | AssistantBody | ToolBody


class FunctionBody(Struct, frozen=True):
    """A tool."""

    name: Name
    description: str | None = None
    parameters: Raw = Raw(b'{"type":"object","properties":{}}')


class ToolSpecBody(Struct, frozen=True):
    """A tool that may be called."""

    function: FunctionBody
    type: Literal["function"] = "function"


class ChosenFunction(Struct, frozen=True):
    """The name of a tool."""

    name: Name


class ChosenTool(Struct, frozen=True):
    """The one tool that must be called."""

    function: ChosenFunction
    type: Literal["function"] = "function"


class SchemaBody(Struct, frozen=True):
    """A JSON Schema with a name."""

    schema: Raw
    name: str = "answer"


class TextFormat(Struct, frozen=True, tag="text"):
    """Any words."""


class ObjectFormat(Struct, frozen=True, tag="json_object"):
    """Any JSON object."""


class SchemaFormat(Struct, frozen=True, tag="json_schema"):
    """JSON that fits a schema."""

    json_schema: SchemaBody


class StreamOptions(Struct, frozen=True):
    """What a stream tells."""

    include_usage: bool = False


class ChatBody(Struct, frozen=True):
    """The body of `POST /v1/chat/completions`."""

    model: Name
    messages: Annotated[list[MessageBody], Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[ToolSpecBody] | None = None
    tool_choice: Literal["none", "auto", "required"] | ChosenTool | None = None
    parallel_tool_calls: bool | None = None
    response_format: TextFormat | ObjectFormat | SchemaFormat | None = None
    stop: str | Annotated[list[str], Meta(max_length=16)] | None = None
    seed: int | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    max_tokens: Positive | None = None
    max_completion_tokens: Positive | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    n: int | None = None
    logprobs: bool | None = None
    functions: Raw | UnsetType = UNSET
    user: Name | None = None
    eaa: AskBody = AskBody()


class EmbeddingAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """What an embedding may say beyond OpenAI's fields."""

    role: RoleName | None = None
    account: AccountBody = AccountBody()


class EmbeddingBody(Struct, frozen=True):
    """The body of `POST /v1/embeddings`."""

    model: Name
    input: str | Annotated[list[str], Meta(max_length=2048)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    user: Name | None = None
    eaa: EmbeddingAsk = EmbeddingAsk()
