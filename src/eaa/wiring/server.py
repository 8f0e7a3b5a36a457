"""The way to a server that runs elsewhere."""

from contextlib import AbstractAsyncContextManager
from urllib.parse import SplitResult, urlsplit

from eaa.adapters.files.owner_token import owner_token
from eaa.adapters.gateway.http_gateway import HttpGateway, open_gateway_at
from eaa.domain.errors import InvalidRequest
from eaa.domain.secret import Secret
from eaa.kit.loopback import is_loopback
from eaa.settings import Settings
from eaa.wiring.own_secrets import TOKEN_FILE

_HINT = "Write https://HOST:PORT, as `eaa up` or `eaa serve gateway` printed it there."


def open_server(settings: Settings) -> AbstractAsyncContextManager[HttpGateway]:
    """Open the way to the server of the settings.

    Raises:
        InvalidRequest: It has no usable address, there is no token for it, or its authorities cannot be read.
    """
    assert settings.server is not None
    parts = _parts(settings.server)
    host = parts.hostname or ""
    if parts.scheme == "http" and not is_loopback(host):
        raise InvalidRequest(f"the token would travel to {host} in the clear", hint="Write https://….")
    ca_file = None if settings.tls_ca_file is None else str(settings.tls_ca_file)
    return open_gateway_at(settings.server, _token(settings, host), ca_file=ca_file)


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        # The names of the network's encoding: a host that it does not take cannot be looked up.
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError as error:
        raise InvalidRequest(f"{_shown(address)} is no address of a server", hint=_HINT) from error
    if parts.username is not None or parts.password is not None:
        # It is shown nowhere: a password may stand in it.
        raise InvalidRequest("the address of a server holds no name and no password", hint=_HINT)
    is_plain = address.isprintable() and " " not in address and not (parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not host or not is_plain:
        raise InvalidRequest(f"{_shown(address)} is no address of a server", hint=_HINT)
    if not _has_port(parts):
        port = parts.netloc.rpartition(":")[2]
        raise InvalidRequest(f"{port} in {_shown(address)} is no port", hint="A port is a number from 1 to 65535.")
    return parts


def _shown(address: str) -> str:
    """Return an address to be shown, without what may be a password or a token in it."""
    before, at, after = address.partition("?")[0].rpartition("@")
    return repr(f"…@{after}" if at else before + after)


def _has_port(parts: SplitResult) -> bool:
    """Say whether the address has a port that can be, or none."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def _token(settings: Settings, host: str) -> Secret:
    if settings.server_token is not None:
        return _sendable(Secret(settings.server_token.get_secret_value()), "EAA_SERVER_TOKEN")
    file = settings.home / TOKEN_FILE
    # The owner's token opens everything here; it is shown to nobody on another machine.
    if file.exists() and is_loopback(host):
        try:
            token = owner_token(file)
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidRequest(f"the token in {file} cannot be read", hint="Set EAA_SERVER_TOKEN.") from error
        return _sendable(token, str(file))
    hint = "Set EAA_SERVER_TOKEN to what stands in EAA_HOME/token on its machine."
    if is_loopback(host):
        hint = f"A server that starts here makes {file}. Does it run elsewhere? {hint}"
    raise InvalidRequest(f"there is no token for the server at {host}", hint=hint)


def _sendable(token: Secret, place: str) -> Secret:
    if not token.is_sendable:
        raise InvalidRequest(
            f"what stands in {place} is no token: it holds spaces, line breaks or characters that no token has",
            hint="Copy the one line that stands in EAA_HOME/token on the server's machine.",
        )
    return token
