"""The way to models: an orchestrator in this process, or one that runs elsewhere.

Apart from the service, so that a run loads nothing that only a server needs.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from urllib.parse import urlsplit

from eaa.adapters.config.models_file import read_models_file
from eaa.adapters.files.owner_token import owner_token
from eaa.adapters.orchestrator.http_orchestrator import open_http_orchestrator
from eaa.domain.ask import Ask
from eaa.domain.catalogue import Catalogue
from eaa.domain.errors import InvalidRequest
from eaa.domain.secret import Secret
from eaa.engine.llm.tokens import TokenEstimator
from eaa.kit.loopback import is_loopback
from eaa.ports.orchestrator import Orchestrator
from eaa.settings import Settings
from eaa.wiring.llm import MODELS_FILE, load_catalogue, open_orchestrator
from eaa.wiring.own_secrets import TOKEN_FILE
from eaa.wiring.vocabularies import exact_counts

_RPC = ("grpc://", "grpcs://")


@asynccontextmanager
async def open_way_to_models(
    settings: Settings, environment: Mapping[str, str], *, caller: str = "cli"
) -> AsyncIterator[Orchestrator]:
    """Open the orchestrator that the settings name, or else one in this process.

    Args:
        settings: Which one, and how it is reached.
        environment: Where keys are.
        caller: What asks, as a service over gRPC is told: `cli`, `dispatcher`, `role-sd`.

    Raises:
        InvalidRequest: There is no token for the one that is named, or `models.toml` cannot be used.
    """
    if settings.orchestrator_url is None:
        async with open_orchestrator(load_catalogue(settings, environment), environment, settings=settings) as local:
            yield local
        return
    catalogue = read_models_file(settings.home / MODELS_FILE) or Catalogue(models=(), providers=MappingProxyType({}))
    tokens = TokenEstimator(await asyncio.to_thread(exact_counts, catalogue))

    def count(ask: Ask) -> int:
        return tokens.prompt_tokens(ask.request, model=ask.model or catalogue.default or "")

    if settings.orchestrator_url.startswith(_RPC):
        # gRPC is loaded only where an address names it.
        from eaa.wiring.rpc_clients import open_rpc_orchestrator

        way = open_rpc_orchestrator(settings, settings.orchestrator_url, caller=caller, count_tokens=count)
        async with way as over_rpc:
            yield over_rpc
        return
    token = _token(settings, settings.orchestrator_url)
    async with open_http_orchestrator(settings.orchestrator_url, token=token, count_tokens=count) as over_http:
        yield over_http


def _token(settings: Settings, url: str) -> Secret:
    if settings.orchestrator_token is not None:
        return Secret(settings.orchestrator_token.get_secret_value())
    file = settings.home / TOKEN_FILE
    # The owner's token opens everything here; it is shown to nobody on another machine.
    if file.exists() and is_loopback(urlsplit(url).hostname or ""):
        return owner_token(file)
    raise InvalidRequest(
        f"there is no token for the orchestrator at {url}",
        hint="Set EAA_ORCHESTRATOR_TOKEN to what `eaa token` prints on its machine.",
    )
