"""The orchestrator as a service."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from eaa.adapters.files.owner_token import owner_token
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.domain.errors import InvalidRequest
from eaa.services.orchestrator.door import LOCAL_HOSTS, Door
from eaa.services.orchestrator.identity import Tokens
from eaa.services.orchestrator.meters import Meters
from eaa.services.orchestrator.server import GRACE_S, serving
from eaa.settings import Settings
from eaa.wiring.llm import load_catalogue, open_orchestrator
from eaa.wiring.own_secrets import TOKEN_FILE
from eaa.wiring.place import Place
from eaa.wiring.rpc_place import RpcPlace, can_serve_rpc
from eaa.wiring.shards import shard_map

PORT = 8421


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchestratorPlace(Place):
    """Where the orchestrator listens, and how long its answers may go on."""

    port: int = PORT
    grace_s: float = GRACE_S
    grpc: RpcPlace | None = None
    """Where it listens for gRPC; None keeps it to HTTP."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A service that listens."""

    address: str
    token_file: Path
    models: int
    grpc: str | None = None
    """The address of gRPC; None where it is not served."""


@asynccontextmanager
async def open_orchestrator_service(
    settings: Settings, environment: Mapping[str, str], place: OrchestratorPlace
) -> AsyncIterator[Serving]:
    """Listen inside the block; at its end let answers finish.

    Raises:
        InvalidRequest: The place is not protected, cannot be used, or a file of `EAA_HOME` is wrong.
    """
    place.refuse_open(what="prompts")
    catalogue = load_catalogue(settings, environment)
    token_file = settings.home / TOKEN_FILE
    meters = Meters()
    async with AsyncExitStack() as stack:
        orchestrator = await stack.enter_async_context(
            open_orchestrator(catalogue, environment, settings=settings, heard=meters.heard)
        )
        door = Door(
            orchestrator=orchestrator,
            catalogue=catalogue,
            cooldowns=orchestrator.desk.health.cooldowns,
            tokens=Tokens(owner_token(token_file)),
            clock=SystemClock(),
            ids=UlidIds(),
            meters=meters,
            require_here=partial(shard_map(settings).require, here=settings.shard),
            hosts=LOCAL_HOSTS | place.own_names,
            # A proxy in front of us would hand them to everybody.
            are_metrics_open=place.is_local and not place.is_behind_tls,
        )
        http, rpc = AsyncExitStack(), AsyncExitStack()
        stack.push_async_callback(_end_together, http, rpc)
        service = serving(door, host=place.host, port=place.port, tls=_tls(place), grace_s=place.grace_s)
        try:
            address = await http.enter_async_context(service)
        except OSError as error:
            raise InvalidRequest(
                f"nothing can listen on {place.host}:{place.port}: {error.strerror or error}",
                hint="Another process may have the port; name another one with --port.",
            ) from error
        grpc = None
        if place.grpc is not None and can_serve_rpc():
            # Loaded only where it is served.
            from eaa.wiring.orchestrator_door import open_orchestrator_door

            slot = orchestrator.desk.slot
            opened = open_orchestrator_door(door, settings, place.grpc, slot=slot, grace_s=place.grace_s)
            grpc = await rpc.enter_async_context(opened)
        yield Serving(address, token_file, len(catalogue.models), grpc)


async def _end_together(*doors: AsyncExitStack) -> None:
    """End doors at the same time: each lets its answers finish, and none takes new ones meanwhile."""
    await asyncio.gather(*(door.aclose() for door in doors))


def _tls(place: Place) -> ssl.SSLContext | None:
    if place.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(place.certificate, place.certificate_key)
    except (OSError, ssl.SSLError) as error:
        raise InvalidRequest(
            f"the certificate cannot be used: {error.strerror or error}",
            hint="Give PEM files that belong together and that this user may read.",
        ) from error
    return context
