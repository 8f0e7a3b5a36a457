"""An orchestrator whose models do as a test's script says, on a clock that only moves when somebody waits."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace

from typing_extensions import override

from eaa.adapters.memory.budgets import MemoryBudgets
from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.cooldowns import MemoryCooldowns
from eaa.adapters.memory.ids import MemoryIds
from eaa.adapters.memory.model_usage import MemoryUsageLog
from eaa.domain.ask import Account, Ask
from eaa.domain.catalogue import Catalogue, Rule
from eaa.domain.completion import (
    Completion,
    CompletionEvent,
    CompletionRequest,
    Embeddings,
    Message,
    Speaker,
    StopReason,
    Text,
    TokenUsage,
)
from eaa.domain.ids import RunId
from eaa.domain.model import Capability, Dialect, Locality, Model, Prices, Provider, Tier
from eaa.domain.model_errors import ModelFault
from eaa.domain.secret import Secret
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.health import Health
from eaa.engine.llm.tokens import TokenEstimator
from eaa.engine.llm.usage import UsageRecorder
from eaa.ports.model_keys import ModelKeys
from eaa.ports.models import Models, Route

CHEAP = Prices(input_microusd=1_000_000, output_microusd=4_000_000)
RUN = RunId("run_1")
Act = Completion | ModelFault | list[CompletionEvent | ModelFault]
"""What a scripted model does with one call: answer, fail, or stream events that may end in a failure."""


class ScriptedModels(Models):
    """Does one act after the other, by the model's name; the last one again and again."""

    def __init__(self, acts: dict[str, Sequence[Act]]) -> None:
        self._acts = {name: list(script) for name, script in acts.items()}
        self.calls: list[tuple[str, CompletionRequest, Secret | None]] = []

    @override
    async def complete(self, request: CompletionRequest, route: Route) -> Completion:
        act = self._next(request, route)
        if isinstance(act, ModelFault):
            raise act
        assert isinstance(act, Completion)
        return act

    @override
    async def stream(self, request: CompletionRequest, route: Route) -> AsyncGenerator[CompletionEvent, None]:
        act = self._next(request, route)
        for event in [act] if isinstance(act, ModelFault) else act if isinstance(act, list) else []:
            if isinstance(event, ModelFault):
                raise event
            yield event

    @override
    async def embed(self, texts: tuple[str, ...], route: Route) -> Embeddings:
        raise AssertionError("no script for embeddings")

    def names(self) -> list[str]:
        """Return the models called, in order."""
        return [name for name, _, _ in self.calls]

    def _next(self, request: CompletionRequest, route: Route) -> Act:
        self.calls.append((route.model.name, request, route.key))
        acts = self._acts[route.model.name]
        return acts.pop(0) if len(acts) > 1 else acts[0]


class ListedKeys(ModelKeys):
    """Keys of a list; after a refresh, those of the second list."""

    def __init__(self, first: Sequence[str] = ("key-1",), later: Sequence[str] | None = None) -> None:
        self._keys = list(first)
        self._later = later
        self.refreshes = 0

    @override
    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        return tuple(map(Secret, self._keys))

    @override
    async def refresh(self, provider: Provider) -> None:
        self.refreshes += 1
        self._keys = list(self._later) if self._later is not None else self._keys


@dataclass
class LlmWorld:
    """The desk and what is behind it."""

    models: ScriptedModels
    desk: LlmDesk
    budgets: MemoryBudgets
    usage_log: MemoryUsageLog
    clock: MemoryClock
    waits_s: list[float] = field(default_factory=list)


def make_world(
    acts: dict[str, Sequence[Act]],
    *,
    models: Sequence[Model] | None = None,
    rules: tuple[Rule, ...] = (),
    keys: ModelKeys | None = None,
    patience_s: float = 180.0,
    tokens: TokenEstimator | None = None,
) -> LlmWorld:
    """Make an orchestrator over a script; every scripted model is described unless `models` describes them."""
    described = tuple(models) if models is not None else tuple(make_model(name) for name in acts)
    providers = {model.provider: make_provider(model.provider) for model in described}
    scripted, clock, budgets, log = ScriptedModels(acts), MemoryClock(), MemoryBudgets(), MemoryUsageLog()
    waits_s: list[float] = []

    async def sleep(seconds: float) -> None:
        waits_s.append(seconds)
        clock.advance(seconds)

    desk = LlmDesk(
        catalogue=Catalogue(models=described, providers=providers, rules=rules),
        models=scripted,
        keys=keys or ListedKeys(),
        budgets=budgets,
        usage=UsageRecorder(log),
        health=Health(MemoryCooldowns()),
        clock=clock,
        ids=MemoryIds(),
        slot="test-0",
        sleep=sleep,
        random=lambda: 0.5,
        patience_s=patience_s,
        tokens=tokens or TokenEstimator(),
    )
    return LlmWorld(scripted, desk, budgets, log, clock, waits_s)


def make_model(
    name: str,
    *,
    provider: str | None = None,
    context_tokens: int = 100_000,
    max_output_tokens: int = 4_000,
    capabilities: frozenset[Capability] = frozenset({Capability.CHAT, Capability.TOOLS}),
    prices: Prices | None = CHEAP,
    tier: Tier = Tier.MEDIUM,
    locality: Locality = Locality.CLOUD,
    domains: frozenset[str] = frozenset(),
) -> Model:
    """Make a model, served by a provider of its own unless one is named."""
    return Model(
        name=name,
        provider=provider or f"{name}-house",
        wire_name=f"{name}-wire",
        context_tokens=context_tokens,
        max_output_tokens=max_output_tokens,
        capabilities=capabilities,
        prices=prices,
        tier=tier,
        locality=locality,
        domains=domains,
    )


def make_provider(name: str) -> Provider:
    """Make a provider that nobody reaches."""
    return Provider(name=name, dialect=Dialect.OPENAI, base_url="http://127.0.0.1:9/v1")


def make_ask(text: str = "Say hello.", **more: object) -> Ask:
    """Make an ask paid by RUN; `more` replaces fields of the ask."""
    request = CompletionRequest(messages=(Message(Speaker.USER, (Text(text),)),), max_output_tokens=1_000)
    return replace(Ask(request=request, account=Account(run_id=RUN)), **more)  # type: ignore[arg-type]


def make_answer(text: str = "Hello.", *, tokens: int = 10) -> Completion:
    """Make a whole answer of so many tokens each way."""
    usage = TokenUsage(input_tokens=tokens, output_tokens=tokens)
    return Completion(parts=(Text(text),), stop_reason=StopReason.END, usage=usage)
