"""The parts that talk to models."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType

import eaa.engine.llm
from eaa.adapters.config.models_file import read_models_file
from eaa.adapters.config.usual_models import with_usual_model
from eaa.adapters.files.prompts import FolderPrompts
from eaa.adapters.models.http_models import HttpModels
from eaa.adapters.models.key_sources import KeySources
from eaa.adapters.models.transport import HttpTransport, open_transport
from eaa.adapters.sql.model_keys import StoredModelKeys
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.domain.budget import Scope, ScopeKind
from eaa.domain.catalogue import Catalogue
from eaa.domain.ids import DEFAULT_ORGANISATION, RunId
from eaa.domain.model import Dialect
from eaa.domain.model_usage import ModelUsage
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.costs import amount_of_usd
from eaa.engine.llm.desk import PATIENCE_S, LlmDesk
from eaa.engine.llm.health import Health
from eaa.engine.llm.joined_keys import JoinedKeys
from eaa.engine.llm.leases import LeasedBudgets
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.llm.prompt_log import LoggedModels
from eaa.engine.llm.safety.guard import PromptGuard
from eaa.engine.llm.safety.own_secrets import NotedKeys, OwnSecrets
from eaa.engine.llm.tokens import TokenEstimator
from eaa.engine.llm.upkeep import Upkeep
from eaa.engine.llm.usage import UsageRecorder
from eaa.ports.clock import Clock
from eaa.ports.model_keys import ModelKeys
from eaa.ports.models import Models
from eaa.settings import Settings
from eaa.wiring.databases import open_own_store
from eaa.wiring.llm_storage import LlmStorage, open_llm_storage, open_shared_news
from eaa.wiring.own_secrets import own_secrets
from eaa.wiring.toggles import open_toggles
from eaa.wiring.vocabularies import exact_counts

MODELS_FILE = "models.toml"


def load_catalogue(settings: Settings, environment: Mapping[str, str]) -> Catalogue:
    """Return the models of this installation: `EAA_HOME/models.toml` and `EAA_MODEL`.

    A `models.toml` inside somebody's repository is never read: it would say where prompts and keys are sent.

    Raises:
        InvalidRequest: The file or the name cannot be used.
    """
    written = read_models_file(settings.home / MODELS_FILE)
    catalogue = written or Catalogue(models=(), providers=MappingProxyType({}))
    return with_usual_model(catalogue, model=settings.model, environment=environment)


def prompt_files(settings: Settings) -> FolderPrompts:
    """Return where prompts are found: `EAA_HOME/prompts` first, then those that come with eaa."""
    return FolderPrompts(
        own=settings.home / "prompts", shipped=(Path(eaa.engine.llm.__file__).parent / "prompt_files",)
    )


@asynccontextmanager
async def open_orchestrator(
    catalogue: Catalogue,
    environment: Mapping[str, str],
    *,
    settings: Settings,
    patience_s: float = PATIENCE_S,
    heard: Callable[[ModelUsage], None] = lambda _: None,
) -> AsyncIterator[LocalOrchestrator]:
    """Open the way to models and close it at the end of the block.

    Args:
        catalogue: The models.
        environment: Where keys are looked for, before the installation's own table.
        settings: Which database and Redis, and what a day may cost.
        patience_s: How long a call outlasts an outage of everything.
        heard: Told of each call to a model, for whoever counts.

    Raises:
        DatabaseUnreachable: Nothing can be counted, so nothing may be spent.
        InvalidRequest: The settings name a Redis that cannot be used, or a model a vocabulary.
    """
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        storage = await stack.enter_async_context(open_llm_storage(settings))
        # A slot of its own: whatever it holds belongs to this orchestrator and to nobody else.
        slot = await stack.enter_async_context(storage.slots.hold_first_free("llm"))
        store = await stack.enter_async_context(open_own_store(settings))
        toggles = (await stack.enter_async_context(open_toggles(store))).toggles
        news = await stack.enter_async_context(open_shared_news(settings, storage.answers, toggles))
        upkeep = _upkeep(storage, settings, clock, heard)
        await stack.enter_async_context(_kept_up(upkeep, slot))
        transport = await stack.enter_async_context(open_transport())
        sources = KeySources(environment=environment)
        own = _own_secrets(sources, storage, settings, catalogue, environment)
        keys = JoinedKeys(sources, StoredModelKeys(storage.keys))
        guard = PromptGuard(known_values=own.values, look=own.look)
        models: Models = HttpModels(transport, clock=clock)
        if settings.log_prompts:
            models = LoggedModels(models, cleaner=guard.cleaner_for_logs)
        desk = LlmDesk(
            catalogue=catalogue,
            models=models,
            keys=NotedKeys(_with_google_tokens(keys, catalogue, transport, clock), own),
            budgets=upkeep.budgets,
            usage=upkeep.usage,
            health=Health(news.cooldowns),
            clock=clock,
            ids=UlidIds(),
            slot=slot,
            sleep=asyncio.sleep,
            random=random.random,
            patience_s=patience_s,
            shared_rates=news.rates,
            toggles=toggles,
            # In a thread: reading a large file takes a second, and others in this process may be at work.
            tokens=TokenEstimator(await asyncio.to_thread(exact_counts, catalogue)),
        )
        yield LocalOrchestrator(desk, KeptAnswers(news.answers, clock), guard)


def _own_secrets(
    sources: KeySources,
    storage: LlmStorage,
    settings: Settings,
    catalogue: Catalogue,
    environment: Mapping[str, str],
) -> OwnSecrets:
    """Return what knows every secret of this installation."""
    return OwnSecrets(
        keys=sources,
        providers=tuple(catalogue.providers.values()),
        stored=storage.keys,
        others=partial(own_secrets, settings, catalogue, environment),
        monotonic_s=SystemClock().monotonic_s,
    )


async def limit_run(run_id: RunId, budget_usd: float, *, orchestrator: LocalOrchestrator) -> None:
    """Let a run spend so many dollars on models and no more, whichever process goes on with it."""
    scope = Scope(ScopeKind.RUN, run_id)
    await orchestrator.desk.budgets.set_limit(DEFAULT_ORGANISATION, scope, amount_of_usd(budget_usd))


def _upkeep(storage: LlmStorage, settings: Settings, clock: Clock, heard: Callable[[ModelUsage], None]) -> Upkeep:
    """Return what keeps budgets, usage and kept answers in order."""
    return Upkeep(
        budgets=LeasedBudgets(storage.budgets),
        slots=storage.slots,
        usage=UsageRecorder(storage.usage, heard),
        answers=storage.answers,
        clock=clock,
        day_limit=None if settings.day_budget_usd is None else amount_of_usd(settings.day_budget_usd),
    )


@asynccontextmanager
async def _kept_up(upkeep: Upkeep, slot: str) -> AsyncIterator[None]:
    """Keep things in order during the block, and leave nothing behind it."""
    await upkeep.begin(slot)
    working = asyncio.ensure_future(upkeep.keep_on(asyncio.sleep))
    try:
        yield
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        await upkeep.end()


def _with_google_tokens(keys: ModelKeys, catalogue: Catalogue, transport: HttpTransport, clock: Clock) -> ModelKeys:
    """Return where keys are found; Google's tokens, and the cryptography they need, only where somebody needs them."""
    if all(provider.dialect is not Dialect.VERTEX for provider in catalogue.providers.values()):
        return keys
    from eaa.adapters.models.google_tokens import GoogleTokens, exchange_over

    return GoogleTokens(keys=keys, exchange=exchange_over(transport), clock=clock)
