"""The way to a server that runs elsewhere."""

from contextlib import AbstractAsyncContextManager
from urllib.parse import urlsplit

from eaa.adapters.files.owner_token import owner_token
from eaa.adapters.gateway.http_gateway import HttpGateway, open_gateway_at
from eaa.domain.errors import InvalidRequest
from eaa.domain.secret import Secret
from eaa.kit.loopback import is_loopback
from eaa.settings import Settings
from eaa.wiring.own_secrets import TOKEN_FILE


def open_server(settings: Settings) -> AbstractAsyncContextManager[HttpGateway]:
    """Open the way to the server of the settings.

    Raises:
        InvalidRequest: It has no usable address, or there is no token for it.
    """
    assert settings.server is not None
    parts = urlsplit(settings.server)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidRequest(f"{settings.server!r} is no address of a server", hint="Write https://HOST:PORT.")
    if parts.scheme == "http" and not is_loopback(host):
        raise InvalidRequest(f"the token would travel to {host} in the clear", hint="Write https://….")
    ca_file = None if settings.tls_ca_file is None else str(settings.tls_ca_file)
    return open_gateway_at(settings.server, _token(settings, host), ca_file=ca_file)


def _token(settings: Settings, host: str) -> Secret:
    if settings.server_token is not None:
        return Secret(settings.server_token.get_secret_value())
    file = settings.home / TOKEN_FILE
    # The owner's token opens everything here; it is shown to nobody on another machine.
    if file.exists() and is_loopback(host):
        return owner_token(file)
    raise InvalidRequest(
        f"there is no token for the server at {host}",
        hint="Set EAA_SERVER_TOKEN to what stands in EAA_HOME/token on its machine.",
    )
