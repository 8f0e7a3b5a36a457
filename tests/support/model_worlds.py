"""Worlds for tests of models: the scripted twin, and each dialect over real sockets. All take the same script."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import override

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.models import ScriptedAnswer, ScriptedModels, ScriptedRule
from eaa.adapters.models.http_models import open_models
from eaa.domain.completion import (
    Completion,
    CompletionEvent,
    Finished,
    Reasoning,
    Started,
    StopReason,
    Text,
    TextDelta,
    TokenUsage,
    ToolCall,
)
from eaa.domain.model import Deadlines, Dialect
from eaa.domain.model_errors import (
    ContentFiltered,
    ContextTooLong,
    KeyRefused,
    ModelFault,
    ModelOverloaded,
    ModelUnknown,
    OutOfCredit,
    RateLimited,
    RequestRefused,
    StreamCut,
)
from eaa.ports.models import Models, Route
from tests.loopback.bedrock_shape import ACCESS_KEY_ID, REGION
from tests.loopback.model_wire import Scripted
from tests.loopback.models import LoopbackModels, serving_models
from tests.model_makers import make_route

STATUS_FAULTS: dict[str, type[ModelFault]] = {
    "500": ModelOverloaded,
    "503": ModelOverloaded,
    "529": ModelOverloaded,
    "429": RateLimited,
    "401": KeyRefused,
    "402": OutOfCredit,
    "403": KeyRefused,
    "404 model": ModelUnknown,
    "400": RequestRefused,
    "400 context length": ContextTooLong,
    "400 content filter": ContentFiltered,
}
"""Responses with a status that is not 2xx, and what they mean."""


@dataclass(frozen=True)
class Wire:
    """How one dialect is reached on the loopback server."""

    dialect: Dialect
    path: str
    """Base path on the server."""
    options: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    key: str = "sk-loopback"
    has_embeddings: bool = True
    unsaid_stops: frozenset[StopReason] = frozenset()
    """Reasons to stop that the dialect has no word for."""
    names_model: bool = True
    """Whether an answer says which model gave it."""


WIRES = {
    "openai": Wire(Dialect.OPENAI, "/v1"),
    "azure": Wire(
        Dialect.OPENAI,
        "/openai",
        options=(("auth", "api-key"), ("model_in_path", "yes")),
        query=(("api-version", "2024-10-21"),),
    ),
    "responses": Wire(Dialect.RESPONSES, "/v1", has_embeddings=False),
    "anthropic": Wire(
        Dialect.ANTHROPIC,
        "/anthropic/v1",
        has_embeddings=False,
        unsaid_stops=frozenset({StopReason.CONTENT_FILTER}),
    ),
    "gemini": Wire(Dialect.GEMINI, "/gemini/v1beta", unsaid_stops=frozenset({StopReason.REFUSAL})),
    "vertex": Wire(
        Dialect.VERTEX,
        "/vertex/v1",
        options=(("project", "my-project"),),
        unsaid_stops=frozenset({StopReason.REFUSAL}),
    ),
    "bedrock": Wire(
        Dialect.BEDROCK,
        "/bedrock",
        options=(("region", REGION),),
        key=f"{ACCESS_KEY_ID}:sk-loopback",
        has_embeddings=False,
        unsaid_stops=frozenset({StopReason.REFUSAL}),
        names_model=False,
    ),
}
"""Every dialect, by name; a new one joins the contract and all faults by one entry."""


class ModelsWorld(Protocol):
    """Models that can be told what happens next."""

    models: Models
    route: Route
    has_embeddings: bool
    unsaid_stops: frozenset[StopReason]
    wire_model: str
    """How answers name their model."""

    def will_answer(self, *answers: Scripted) -> None:
        """Line up answers, one a call."""
        ...

    def will_fail(self, name: str) -> None:
        """Let the next call meet a fault of `FAULTS`; the twin knows those of `STATUS_FAULTS` and `cut mid-stream`."""
        ...


class HttpWorld(ModelsWorld):
    """A dialect over real sockets."""

    def __init__(self, server: LoopbackModels, models: Models, wire: Wire, deadlines: Deadlines | None) -> None:
        self.server = server
        self.models = models
        self.has_embeddings = wire.has_embeddings
        self.unsaid_stops = wire.unsaid_stops
        self.wire_model = "loop-1" if wire.names_model else ""
        self.route = make_route(
            base_url=server.address + wire.path,
            dialect=wire.dialect,
            options=wire.options,
            query=wire.query,
            key=wire.key,
            deadlines=deadlines,
        )

    @override
    def will_answer(self, *answers: Scripted) -> None:
        self.server.will_answer(*answers)

    @override
    def will_fail(self, name: str) -> None:
        self.server.will_fail(name)


class ScriptedWorld(ModelsWorld):
    """The twin, told in the same words."""

    def __init__(self) -> None:
        self.scripted = ScriptedModels(otherwise=as_completion(Scripted()))
        self.models = self.scripted
        self.has_embeddings = True
        self.unsaid_stops: frozenset[StopReason] = frozenset()
        self.wire_model = "loop-1"
        self.route = make_route()

    @override
    def will_answer(self, *answers: Scripted) -> None:
        self.scripted.rules += [ScriptedRule(as_completion(answer)) for answer in answers]

    @override
    def will_fail(self, name: str) -> None:
        self.scripted.rules.append(ScriptedRule(_scripted_fault(name)))


@asynccontextmanager
async def http_world(
    name: str, *, deadlines: Deadlines | None = None, longest_answer_bytes: int = 200_000
) -> AsyncIterator[HttpWorld]:
    """Open a server and the connections to it."""
    async with (
        serving_models() as server,
        open_models(clock=MemoryClock(), longest_answer_bytes=longest_answer_bytes) as models,
    ):
        yield HttpWorld(server, models, WIRES[name], deadlines)


def as_completion(scripted: Scripted) -> Completion:
    """Return what a dialect would make of a scripted answer."""
    parts: list[Text | Reasoning | ToolCall] = []
    if scripted.thoughts:
        parts.append(Reasoning(scripted.thoughts, "scripted"))
    if scripted.text:
        parts.append(Text(scripted.text))
    parts += [ToolCall(call.id, call.name, call.arguments_json) for call in scripted.calls]
    stop = StopReason.TOOL_CALLS if scripted.calls else StopReason(scripted.stop)
    usage = TokenUsage(
        input_tokens=scripted.input_tokens,
        output_tokens=scripted.output_tokens,
        cached_input_tokens=scripted.cached_tokens,
        reasoning_tokens=scripted.reasoning_tokens,
    )
    return Completion(tuple(parts), stop, usage, wire_model=scripted.model)


def _scripted_fault(name: str) -> ScriptedAnswer:
    match name:
        case "cut mid-stream":
            events: tuple[CompletionEvent | ModelFault, ...] = (
                Started("loop-1"),
                TextDelta("Hello "),
                StreamCut("the connection ended before the answer did"),
                Finished(StopReason.END, None),
            )
            return events
        case "empty answer":
            return Completion((), StopReason.END, TokenUsage())
        case _:
            return STATUS_FAULTS[name](f"scripted {name}")
