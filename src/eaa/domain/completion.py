"""What is asked of a model and what it answers: one shape, whatever the provider."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Speaker(StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Text:
    """Words."""

    text: str
    ends_prefix: bool = False
    """A mark for the provider's prompt cache: everything up to here stays the same from call to call."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture for the model to see."""

    media_type: str
    """`image/png`, `image/jpeg`, `image/gif` or `image/webp`."""
    content: bytes


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What a model thought before it answered. Goes back to the same provider untouched, and nowhere else."""

    text: str
    dialect: str
    """The dialect whose provider wrote it; another provider is not shown it."""
    opaque: str = ""
    """The provider's own signature or encrypted form, JSON where it is more than a text."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model asks for a tool."""

    id: str
    """Unique in its conversation; made up by the adapter where a provider has none."""
    name: str
    arguments_json: str
    """JSON text as the model wrote it; `engine/llm/answers` checks it."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered."""

    call_id: str
    name: str
    text: str
    is_error: bool = False


Part: TypeAlias = Text | Image | Reasoning | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. Tool results are said by the user."""

    speaker: Speaker
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool that a model may call."""

    name: str
    description: str
    parameters_json: str
    """JSON Schema of its arguments, an object, as JSON text."""


class ToolChoice(StrEnum):
    """Whether a model calls tools."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"


class Effort(StrEnum):
    """How long a reasoning model may think."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A conversation and how to go on with it. Which model answers is decided elsewhere."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: ToolChoice = ToolChoice.AUTO
    tool_name: str | None = None
    """The one tool that must be called; only with `REQUIRED`."""
    has_parallel_tools: bool = True
    """Whether several tools may be called in one answer."""
    answer_schema_json: str | None = None
    """JSON Schema, an object, as JSON text; the answer is JSON that fits it."""
    max_output_tokens: int | None = None
    """None: as much as model, context and budget allow."""
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    effort: Effort | None = None


class StopReason(StrEnum):
    """Why a model stopped."""

    END = "end"
    TOOL_CALLS = "tool calls"
    LENGTH = "length"
    """The answer is cut off at its token limit."""
    STOP_SEQUENCE = "stop sequence"
    CONTENT_FILTER = "content filter"
    REFUSAL = "refusal"
    """The model itself declined."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens as the provider counted them. The kinds of input do not overlap; reasoning is part of the output."""

    input_tokens: int = 0
    """Neither read from the provider's cache nor written to it."""
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_input_tokens + other.cached_input_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
        )

    def __sub__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(
            self.input_tokens - other.input_tokens,
            self.output_tokens - other.output_tokens,
            self.cached_input_tokens - other.cached_input_tokens,
            self.cache_write_tokens - other.cache_write_tokens,
            self.reasoning_tokens - other.reasoning_tokens,
        )

    @property
    def prompt_tokens(self) -> int:
        """All of the input."""
        return self.input_tokens + self.cached_input_tokens + self.cache_write_tokens

    @property
    def total_tokens(self) -> int:
        """Input and output."""
        return self.prompt_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class RateReport:
    """What a provider's headers said of its limits; None where they said nothing."""

    remaining_requests: int | None = None
    remaining_tokens: int | None = None
    requests_reset_s: float | None = None
    tokens_reset_s: float | None = None
    limit_requests: int | None = None
    limit_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer."""

    parts: tuple[Text | Reasoning | ToolCall, ...]
    stop_reason: StopReason
    usage: TokenUsage | None
    """None: the provider said nothing; whoever pays must estimate."""
    wire_model: str = ""
    """The model that answered, as the provider calls it."""
    request_id: str = ""
    rates: RateReport | None = None

    @property
    def text(self) -> str:
        """All of its words."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools it asks for, in its order."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))


@dataclass(frozen=True, slots=True)
class Started:
    """The provider took the request; the first event of a stream."""

    wire_model: str = ""
    request_id: str = ""
    rates: RateReport | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More words."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More thoughts, or their signature."""

    text: str
    dialect: str
    opaque: str = ""


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A tool call begins (id and name said) or its arguments go on."""

    index: int
    """Which call of the answer, from 0."""
    id: str = ""
    name: str = ""
    arguments_json: str = ""
    """The next piece of the JSON text."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of a stream; a stream that ends without it was cut."""

    stop_reason: StopReason
    usage: TokenUsage | None


CompletionEvent: TypeAlias = Started | TextDelta | ReasoningDelta | ToolCallDelta | Finished


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors, one a text, in the texts' order."""

    vectors: tuple[tuple[float, ...], ...]
    usage: TokenUsage | None
    wire_model: str = ""


@dataclass(frozen=True, slots=True)
class Restarted:
    """What a stream has said so far is void: another model begins anew. Only for callers that can take words back."""

    because: str
    """The code of the error that ended the first one."""
