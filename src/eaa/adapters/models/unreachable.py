"""What the HTTP client's exceptions mean, in words for the person who reads them."""

import errno
import ssl

import aiohttp
from yarl import URL

from eaa.domain.model_errors import (
    AnswerMalformed,
    ModelFault,
    ModelTimeout,
    ModelUnreachable,
    RequestRefused,
    StreamCut,
)
from eaa.ports.models import Route

FOREIGN = (aiohttp.ClientError, TimeoutError, OSError, ValueError)
"""Everything the HTTP client raises on its own account."""


def translated(error: Exception, url: URL, route: Route) -> ModelFault:
    """Return our error for one of `FOREIGN` that came up while a response was awaited or read."""
    deadlines = route.deadlines
    match error:
        case aiohttp.ConnectionTimeoutError():
            return ModelTimeout(phase="connection", limit_s=deadlines.connect_s)
        case aiohttp.SocketTimeoutError():
            return ModelTimeout(phase="first byte", limit_s=deadlines.first_byte_s)
        case TimeoutError() if not isinstance(error, aiohttp.ClientError) and error.errno is None:
            return ModelTimeout(phase="whole answer", limit_s=deadlines.total_s)
        case aiohttp.ClientConnectorError() | aiohttp.ClientHttpProxyError() | aiohttp.ServerFingerprintMismatch():
            return _unreachable(error, url, route)
        case aiohttp.ClientPayloadError():
            return StreamCut("the connection ended before the answer did")
        case aiohttp.ClientResponseError():
            return AnswerMalformed("what came back is not HTTP", hint="Check the provider's `base_url`.")
        case aiohttp.ClientError() | OSError():
            return StreamCut("the connection ended before an answer came")
        case _:
            return RequestRefused(
                "the request cannot be sent: a header holds a line break or another forbidden character",
                hint="Check the provider's key and `headers`.",
            )


def _unreachable(error: Exception, url: URL, route: Route) -> ModelFault:
    where = f"{url.host}:{url.port}"
    match error:
        case aiohttp.ClientHttpProxyError():
            return ModelUnreachable(
                f"the proxy of provider {route.provider.name} refuses to connect to {where} ({error.status})",
                hint="Check the proxy's rules and credentials.",
            )
        case aiohttp.ClientProxyConnectionError():
            return ModelUnreachable(
                f"the proxy of provider {route.provider.name} cannot be reached: {_reason(error)}",
                hint="Check the provider's `proxy`.",
            )
        case aiohttp.ClientConnectorDNSError():
            return ModelUnreachable(
                f"no machine is called {error.host}",
                hint="Check the provider's `base_url`, and whether this machine can resolve names.",
            )
        case aiohttp.ClientConnectorCertificateError():
            return ModelUnreachable(
                f"the certificate of {where} is not trusted: {_certificate_reason(error.certificate_error)}",
                hint="Give the certificate of its authority as the provider's `ca_file`.",
            )
        case aiohttp.ClientSSLError():
            return ModelUnreachable(
                f"no TLS connection with {where}: {_reason(error)}",
                hint="Check whether `base_url` should begin with http://, and which TLS versions the server takes.",
            )
        case aiohttp.ClientConnectorError():
            return ModelUnreachable(
                f"{where} cannot be reached: {_reason(error)}",
                hint="Check whether the server runs there and the provider's `base_url` is right.",
            )
        case _:
            return ModelUnreachable(f"{where} cannot be reached: {type(error).__name__}")


def _reason(error: aiohttp.ClientConnectorError) -> str:
    cause = error.os_error
    if isinstance(cause, ssl.SSLError):
        return (cause.reason or "handshake failed").replace("_", " ").lower()
    if cause.errno == errno.ECONNREFUSED:
        return "nothing listens there (connection refused)"
    if isinstance(cause, ConnectionError):
        return "the connection was ended at once"
    return (cause.strerror or type(cause).__name__).lower()


def _certificate_reason(error: Exception) -> str:
    reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or "no reason given"
    return str(reason)
