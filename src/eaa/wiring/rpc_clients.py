"""Services that this process asks over gRPC."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from eaa.adapters.rpc.calling import Calling, Sign
from eaa.adapters.rpc.channel import ClientTls, open_channel
from eaa.adapters.rpc.orchestrator_client import RpcOrchestrator
from eaa.adapters.rpc.role_client import RoleClient
from eaa.domain.ask import Ask
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.role import RoleName
from eaa.domain.secret import Secret
from eaa.domain.service_rights import ORCHESTRATOR_AUDIENCE, role_audience
from eaa.ports.orchestrator import Orchestrator
from eaa.ports.role_services import RoleServices
from eaa.settings import Settings
from eaa.wiring.service_tokens import service_tokens


@asynccontextmanager
async def open_rpc_orchestrator(
    settings: Settings, url: str, *, caller: str, count_tokens: Callable[[Ask], int]
) -> AsyncIterator[Orchestrator]:
    """Open an orchestrator behind gRPC and close it at the end of the block.

    Raises:
        InvalidRequest: The address or a file of TLS cannot be used.
    """
    calling = Calling(address=url, sign=_signer(settings, caller, ORCHESTRATOR_AUDIENCE))
    async with open_channel(url, _tls(settings)) as channel:
        yield RpcOrchestrator(channel, calling, count_tokens=count_tokens)


@asynccontextmanager
async def open_role_service(
    settings: Settings,
    role: RoleName,
    url: str,
    *,
    caller: str,
    organisation_id: OrganisationId = DEFAULT_ORGANISATION,
) -> AsyncIterator[RoleServices]:
    """Open a role's service and close it at the end of the block.

    Raises:
        InvalidRequest: The address or a file of TLS cannot be used.
    """
    calling = Calling(address=url, sign=_signer(settings, caller, role_audience(role)))
    async with open_channel(url, _tls(settings)) as channel:
        yield RoleClient(channel, calling, organisation_id=organisation_id)


def _signer(settings: Settings, caller: str, audience: str) -> Sign:
    tokens = service_tokens(settings)

    def sign(scope: str, organisation_id: OrganisationId) -> Secret:
        return tokens.sign(issuer=caller, audience=audience, scopes=(scope,), organisation_id=organisation_id)

    return sign


def _tls(settings: Settings) -> ClientTls:
    return ClientTls(
        ca=_read(settings.tls_ca_file),
        certificate=_read(settings.tls_cert_file),
        key=_read(settings.tls_key_file),
    )


def _read(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidRequest(
            f"{path} cannot be read: {error.strerror or error}", hint="Correct EAA_TLS_CA_FILE and its neighbours."
        ) from error
