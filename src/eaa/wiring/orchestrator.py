"""The orchestrator as a service."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
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
from eaa.wiring.way_to_models import is_loopback

PORT = 8421


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the service listens, and how it is protected there."""

    host: str = "127.0.0.1"
    port: int = PORT
    certificate: Path | None = None
    """PEM file; with it, everything is spoken over TLS."""
    certificate_key: Path | None = None
    """PEM file; None: it is in the certificate's file."""
    is_behind_tls: bool = False
    """Somebody else speaks TLS in front of it."""
    names: tuple[str, ...] = ()
    """Names by which callers reach it, beyond the host itself."""
    grace_s: float = GRACE_S

    @property
    def own_names(self) -> frozenset[str]:
        """What a Host header may say, without its port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return frozenset(name.lower() for name in (host, *self.names))

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Serving:
    """A service that listens."""

    address: str
    token_file: Path
    models: int


@asynccontextmanager
async def open_orchestrator_service(
    settings: Settings, environment: Mapping[str, str], place: Place
) -> AsyncIterator[Serving]:
    """Listen inside the block; at its end let answers finish.

    Raises:
        InvalidRequest: The place is not protected, cannot be used, or a file of `EAA_HOME` is wrong.
    """
    _refuse_open_place(place)
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
            hosts=LOCAL_HOSTS | place.own_names,
            # A proxy in front of us would hand them to everybody.
            are_metrics_open=place.is_local and not place.is_behind_tls,
        )
        service = serving(door, host=place.host, port=place.port, tls=_tls(place), grace_s=place.grace_s)
        try:
            address = await stack.enter_async_context(service)
        except OSError as error:
            raise InvalidRequest(
                f"nothing can listen on {place.host}:{place.port}: {error.strerror or error}",
                hint="Another process may have the port; name another one with --port.",
            ) from error
        yield Serving(address, token_file, len(catalogue.models))


def _refuse_open_place(place: Place) -> None:
    if place.is_local or place.certificate is not None or place.is_behind_tls:
        return
    raise InvalidRequest(
        f"on {place.host} prompts and tokens would cross the network in the clear",
        hint="Give --tls-certificate and --tls-key, or --behind-tls when a proxy in front of it speaks TLS.",
    )


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
