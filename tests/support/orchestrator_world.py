"""The orchestrator's service over real sockets, before a loopback model server."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.memory.ids import MemoryIds
from eaa.adapters.models.http_models import open_models
from eaa.adapters.system.clock import SystemClock
from eaa.domain.catalogue import Catalogue
from eaa.domain.ids import OrganisationId
from eaa.domain.model import Capability, Dialect, Locality, Model, Prices, Provider
from eaa.domain.secret import Secret
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.llm.usage import UsageRecorder
from eaa.ports.orchestrator import Orchestrator
from eaa.services.orchestrator.door import Door
from eaa.services.orchestrator.identity import Tokens
from eaa.services.orchestrator.meters import Meters
from eaa.services.orchestrator.server import serving
from tests.loopback.models import KEY, LoopbackModels, serving_models
from tests.support.llm_world import ListedKeys, make_world

OWNER = "owner-token-of-this-test-0123456789abcdef"
PRICES = Prices(input_microusd=1_000_000, output_microusd=4_000_000)


@dataclass
class ServiceWorld:
    """A service, and what is behind it."""

    address: str
    door: Door
    upstream: LoopbackModels
    desk: LlmDesk

    @property
    def tokens(self) -> Tokens:
        return self.door.tokens


@asynccontextmanager
async def serving_orchestrator(
    *,
    models: Sequence[Model] | None = None,
    patience_s: float = 0.0,
    grace_s: float = 5.0,
    require_here: Callable[[OrganisationId], None] = lambda _: None,
) -> AsyncIterator[ServiceWorld]:
    """Serve models of the loopback server; with no patience, each is tried once."""
    async with (
        serving_models(LoopbackModels(models=("loop-1", "loop-2"))) as upstream,
        open_models(clock=SystemClock()) as http,
    ):
        described = tuple(models or (make_loop_model("loop"),))
        providers = {
            model.provider: Provider(name=model.provider, dialect=Dialect.OPENAI, base_url=f"{upstream.address}/v1")
            for model in described
        }
        meters = Meters()
        twin = make_world({}, models=())
        desk = LlmDesk(
            catalogue=Catalogue(models=described, providers=MappingProxyType(providers)),
            models=http,
            keys=ListedKeys((KEY,)),
            budgets=twin.budgets,
            usage=UsageRecorder(twin.usage_log, meters.heard),
            health=twin.desk.health,
            clock=SystemClock(),
            ids=MemoryIds(),
            slot="test-0",
            sleep=twin.desk.sleep,
            random=lambda: 0.5,
            patience_s=patience_s,
        )
        door = make_door(LocalOrchestrator(desk, KeptAnswers(MemoryAnswerCache(), desk.clock)), desk, meters)
        door = replace(door, require_here=require_here)
        async with serving(door, host="127.0.0.1", port=0, grace_s=grace_s) as address:
            yield ServiceWorld(address, door, upstream, desk)


def make_door(orchestrator: Orchestrator, desk: LlmDesk, meters: Meters | None = None) -> Door:
    """Make a door before an orchestrator."""
    return Door(
        orchestrator=orchestrator,
        catalogue=desk.catalogue,
        cooldowns=desk.health.cooldowns,
        tokens=Tokens(Secret(OWNER)),
        clock=desk.clock,
        ids=desk.ids,
        meters=meters or Meters(),
    )


def make_loop_model(
    name: str,
    *,
    wire_name: str = "loop-1",
    capabilities: frozenset[Capability] = frozenset(Capability),
    locality: Locality = Locality.CLOUD,
    prices: Prices | None = PRICES,
) -> Model:
    """Make a model of the loopback server, each with a provider of its own."""
    return Model(
        name=name,
        provider=f"{name}-house",
        wire_name=wire_name,
        context_tokens=128_000,
        max_output_tokens=4_096,
        capabilities=capabilities,
        prices=prices,
        locality=locality,
    )
