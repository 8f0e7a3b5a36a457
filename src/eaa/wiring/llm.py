"""The parts that talk to models."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import eaa.engine.llm
from eaa.adapters.config.models_file import read_models_file
from eaa.adapters.config.usual_models import with_usual_model
from eaa.adapters.files.prompts import FolderPrompts
from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.memory.budgets import MemoryBudgets
from eaa.adapters.memory.cooldowns import MemoryCooldowns
from eaa.adapters.memory.model_usage import MemoryUsageLog
from eaa.adapters.models.dialects import all_dialects
from eaa.adapters.models.http_models import HttpModels
from eaa.adapters.models.key_sources import KeySources
from eaa.adapters.models.transport import HttpTransport, open_transport
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.domain.catalogue import Catalogue
from eaa.domain.model import Dialect
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.desk import PATIENCE_S, LlmDesk
from eaa.engine.llm.health import Health
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.llm.usage import UsageRecorder
from eaa.ports.clock import Clock
from eaa.ports.model_keys import ModelKeys
from eaa.settings import Settings

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
    catalogue: Catalogue, environment: Mapping[str, str], *, slot: str, patience_s: float = PATIENCE_S
) -> AsyncIterator[LocalOrchestrator]:
    """Open the way to models and close it at the end of the block.

    Args:
        catalogue: The models.
        environment: Where keys are looked for.
        slot: The executor slot of this process.
        patience_s: How long a call outlasts an outage of everything.
    """
    clock = SystemClock()
    usage = UsageRecorder(MemoryUsageLog())
    async with open_transport() as transport:
        desk = LlmDesk(
            catalogue=catalogue,
            models=HttpModels(transport, dialects=all_dialects(clock=clock)),
            keys=_keys(catalogue, environment, transport, clock),
            budgets=MemoryBudgets(),
            usage=usage,
            health=Health(MemoryCooldowns()),
            clock=clock,
            ids=UlidIds(),
            slot=slot,
            sleep=asyncio.sleep,
            random=random.random,
            patience_s=patience_s,
        )
        yield LocalOrchestrator(desk, KeptAnswers(MemoryAnswerCache(), clock))
        await usage.flush()


def _keys(catalogue: Catalogue, environment: Mapping[str, str], transport: HttpTransport, clock: Clock) -> ModelKeys:
    """Return where keys are found; Google's tokens, and the cryptography they need, only where somebody needs them."""
    keys = KeySources(environment=environment)
    if all(provider.dialect is not Dialect.VERTEX for provider in catalogue.providers.values()):
        return keys
    from eaa.adapters.models.google_tokens import GoogleTokens, exchange_over

    return GoogleTokens(keys=keys, exchange=exchange_over(transport), clock=clock)
