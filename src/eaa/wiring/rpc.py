"""gRPC doors of this process: where they listen, how they are protected, who may come in."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from eaa.adapters.sql.audit import SqlAudit
from eaa.adapters.sql.engine import database_name
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.domain.errors import InvalidRequest
from eaa.kit.loopback import is_loopback
from eaa.services.rpc.auditing import Refusals
from eaa.services.rpc.guard import Guard
from eaa.services.rpc.meters import RpcMeters
from eaa.services.rpc.server import Tls, serving
from eaa.services.rpc.visit import Door
from eaa.settings import Settings
from eaa.wiring.databases import open_database
from eaa.wiring.rpc_place import RpcPlace
from eaa.wiring.service_tokens import service_tokens
from eaa.wiring.storage import database_url

_TLS_HINT = "Set EAA_TLS_CERT_FILE and EAA_TLS_KEY_FILE to PEM files that belong together and that this user may read."


@asynccontextmanager
async def open_rpc(
    doors: Sequence[Door],
    settings: Settings,
    place: RpcPlace,
    *,
    audience: str,
    slot: str,
    meters: RpcMeters,
    grace_s: float = 0.0,
) -> AsyncIterator[str]:
    """Serve doors inside the block and yield the address.

    Args:
        doors: What is served.
        settings: Where everything is; its files make TLS.
        place: Where to listen.
        audience: What callers' tokens must be meant for.
        slot: Of this process, as the audit log names it.
        meters: Count its calls.
        grace_s: How long calls may go on at the end.

    Raises:
        InvalidRequest: The place is not protected, a file of TLS cannot be used, or the port is taken.
    """
    tls = _tls(settings, place)
    if tls is None and not is_loopback(place.host):
        raise InvalidRequest(
            f"gRPC on {place.host} would cross the network in the clear",
            hint="Set EAA_TLS_CERT_FILE and EAA_TLS_KEY_FILE, or let gRPC listen on 127.0.0.1.",
        )
    url = database_url(settings)
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(open_database(settings))
        audit = SqlAudit(engine, name=database_name(url))
        refusals = Refusals(audit=audit, clock=SystemClock(), ids=UlidIds(), service=slot)
        guard = Guard(tokens=service_tokens(settings), audience=audience, refusals=refusals, meters=meters)
        opened = serving(doors, guard, host=place.host, port=place.port, tls=tls, grace_s=grace_s)
        try:
            address = await stack.enter_async_context(opened)
        except OSError as error:
            raise InvalidRequest(
                f"gRPC: {error}", hint="Another process may have the port; name another one, or 0 for a free one."
            ) from error
        yield address


def _tls(settings: Settings, place: RpcPlace) -> Tls | None:
    certificate, key = place.certificate, place.certificate_key or place.certificate
    if certificate is None:
        certificate, key = settings.tls_cert_file, settings.tls_key_file
    client_ca = settings.tls_client_ca_file
    if certificate is None and key is None:
        if client_ca is None:
            return None
        raise InvalidRequest("EAA_TLS_CLIENT_CA_FILE is set, and without a certificate there is no TLS", hint=_TLS_HINT)
    if certificate is None or key is None:
        raise InvalidRequest("TLS needs a certificate and its key, and only one of the two is set", hint=_TLS_HINT)
    read = Tls(_pem(certificate), _pem(key), None if client_ca is None else _pem(client_ca))
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise InvalidRequest(f"{certificate} and {key} do not belong together: {error}", hint=_TLS_HINT) from error
    return read


def _pem(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror or error}", hint=_TLS_HINT) from error
    if b"-----BEGIN " not in content:
        raise InvalidRequest(f"{path} is no PEM file", hint=_TLS_HINT)
    return content
