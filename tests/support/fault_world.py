"""The orchestrator over real sockets: two models on two loopback servers, the first of which has what a test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from typing_extensions import override

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.memory.budgets import MemoryBudgets
from eaa.adapters.memory.cooldowns import MemoryCooldowns
from eaa.adapters.memory.ids import MemoryIds
from eaa.adapters.memory.model_usage import MemoryUsageLog
from eaa.adapters.models.http_models import open_models
from eaa.adapters.system.clock import SystemClock
from eaa.domain.ask import Account, Ask
from eaa.domain.budget import Amount, Scope, ScopeKind
from eaa.domain.catalogue import Catalogue
from eaa.domain.completion import CompletionRequest, Message, Speaker, Text
from eaa.domain.ids import DEFAULT_ORGANISATION, RunId
from eaa.domain.model import Deadlines, Provider
from eaa.domain.model_usage import ModelUsage
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.health import Health
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.llm.usage import UsageRecorder
from eaa.ports.clock import Clock
from eaa.ports.model_keys import ModelKeys
from tests.loopback.models import LoopbackModels, serving_models
from tests.support.llm_world import CHEAP, ListedKeys, make_model
from tests.support.model_worlds import WIRES, Wire

RUN = RunId("run_faults")
QUICK = Deadlines(connect_s=5.0, first_byte_s=0.15, idle_s=0.15, total_s=20.0)
"""For faults that end by a deadline."""
CALM = Deadlines(connect_s=20.0, first_byte_s=20.0, idle_s=20.0, total_s=60.0)
LIMIT = Amount(cost_microusd=50_000_000)
SCOPE = Scope(ScopeKind.RUN, RUN)


class AddingLog(MemoryUsageLog):
    """Adds up what was booked."""

    def __init__(self) -> None:
        super().__init__()
        self.cost_microusd = 0

    @override
    async def add(self, rows: tuple[ModelUsage, ...]) -> None:
        self.cost_microusd += sum(row.cost_microusd or 0 for row in rows)
        await super().add(rows)


@dataclass
class FaultWorld:
    """The orchestrator, its two servers, and what it keeps account in."""

    first: LoopbackModels
    second: LoopbackModels
    orchestrator: LocalOrchestrator
    budgets: MemoryBudgets
    usage_log: AddingLog
    waits_s: list[float] = field(default_factory=list)

    @property
    def desk(self) -> LlmDesk:
        """What the orchestrator works with."""
        return self.orchestrator.desk

    async def rows(self) -> list[ModelUsage]:
        """Return the usage so far, oldest first."""
        await self.desk.usage.flush()
        return list(self.usage_log._rows.values())

    async def leaks(self) -> list[str]:
        """Return what is held though no call is on its way, in words."""
        budget = await self.budgets.get(DEFAULT_ORGANISATION, SCOPE)
        assert budget is not None
        found = []
        if await self.budgets.owners() or budget.reserved != Amount():
            found.append(f"reserved: {budget.reserved}")
        await self.desk.usage.flush()
        booked = self.usage_log.cost_microusd
        if booked != budget.spent.cost_microusd:
            found.append(f"usage says {booked} micro-dollars, the budget {budget.spent.cost_microusd}")
        gates = self.desk.gates._gates
        at_once = {provider.parallel_requests for provider in self.desk.catalogue.providers.values()}
        found += [f"places of {name} held" for name, gate in gates.items() if {gate.free} != at_once]
        found += [f"calls wait for {name}" for name, meter in self.desk.rates._meters.items() if meter.letting_in]
        probed = [name for name, one in self.desk.health._breakers.items() if one.probe_ends_s is not None]
        return found + [f"{name} is still being probed" for name in probed]


@asynccontextmanager
async def fault_world(
    wire_name: str,
    *,
    is_alone: bool = False,
    first_address: Callable[[str], str] = str,
    deadlines: Deadlines = CALM,
    patience_s: float = 0.0,
    keys: ModelKeys | None = None,
    clock: Clock | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    random: Callable[[], float] = lambda: 0.0,
) -> AsyncIterator[FaultWorld]:
    """Open the servers and the orchestrator.

    Args:
        wire_name: One of `WIRES`, for both models.
        is_alone: Whether the first model is the only one.
        first_address: Makes another address of the first server's.
        deadlines: Of the first model; the second one is given time.
        patience_s: How long an ask waits for an outage to end.
        keys: Of both providers; the right one of the servers unless given.
        clock: The engine's; sockets keep to real time.
        sleep: How the engine waits.
        random: Its chance.
    """
    wire = WIRES[wire_name]
    clock = clock or SystemClock()
    async with serving_models() as first, serving_models() as second, open_models(clock=SystemClock()) as models:
        providers = {
            "first-house": _provider("first-house", wire, first_address(first.address), deadlines),
            "second-house": _provider("second-house", wire, second.address, CALM),
        }
        described = tuple(
            replace(make_model(name, context_tokens=context_tokens, prices=CHEAP), wire_name="loop-1")
            for name, context_tokens in (("first", 50_000), ("second", 100_000))[: 1 if is_alone else 2]
        )
        budgets, log = MemoryBudgets(), AddingLog()
        await budgets.set_limit(DEFAULT_ORGANISATION, SCOPE, LIMIT)
        desk = LlmDesk(
            catalogue=Catalogue(models=described, providers=providers),
            models=models,
            keys=keys or ListedKeys([wire.key]),
            budgets=budgets,
            usage=UsageRecorder(log),
            health=Health(MemoryCooldowns()),
            clock=clock,
            ids=MemoryIds(),
            slot="faults-0",
            sleep=sleep,
            random=random,
            patience_s=patience_s,
        )
        kept = KeptAnswers(MemoryAnswerCache(), clock)
        yield FaultWorld(first, second, LocalOrchestrator(desk, kept), budgets, log)


def sampled_ask(text: str = "Say hello.") -> Ask:
    """Make an ask whose answer is not kept."""
    messages = (Message(Speaker.USER, (Text(text),)),)
    request = CompletionRequest(messages=messages, max_output_tokens=500)
    return Ask(request=request, account=Account(run_id=RUN), is_cached=False)


def _provider(name: str, wire: Wire, address: str, deadlines: Deadlines) -> Provider:
    return Provider(
        name=name,
        dialect=wire.dialect,
        base_url=address + wire.path,
        options=wire.options,
        query=wire.query,
        deadlines=deadlines,
    )
