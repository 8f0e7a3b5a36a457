"""A channel to a service: TLS, keep-alive, bounds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc

from eaa.domain.errors import InvalidRequest
from eaa.kit.loopback import is_loopback

LONGEST_MESSAGE_BYTES = 32 * 1024 * 1024
_PLAIN, _TLS = "grpc://", "grpcs://"
_OPTIONS = (
    ("grpc.max_receive_message_length", LONGEST_MESSAGE_BYTES),
    ("grpc.max_send_message_length", LONGEST_MESSAGE_BYTES),
    # A peer that is gone without a word is noticed within forty seconds, also while nothing is asked.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    # Trying again is ours: it knows which calls may be asked twice.
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


@dataclass(frozen=True, slots=True, repr=False)
class ClientTls:
    """PEM texts of a caller."""

    ca: bytes | None = None
    """Who may have signed the service's certificate; None: whom the system trusts."""
    certificate: bytes | None = None
    """Our own, for services that ask for one."""
    key: bytes | None = None


def is_rpc_address(url: str) -> bool:
    """Return whether a service's address is one of gRPC."""
    return url.startswith((_PLAIN, _TLS))


@asynccontextmanager
async def open_channel(url: str, tls: ClientTls | None = None) -> AsyncIterator[grpc.aio.Channel]:
    """Open a channel inside the block. Nothing is sent before the first call.

    Args:
        url: `grpc://HOST:PORT` on this machine, `grpcs://HOST:PORT` anywhere.
        tls: With what a `grpcs` address is spoken to.

    Raises:
        InvalidRequest: It is none of the two, or would send tokens over a network in the clear.
    """
    if url.startswith(_TLS):
        used = tls or ClientTls()
        credentials = grpc.ssl_channel_credentials(used.ca, used.key, used.certificate)
        async with grpc.aio.secure_channel(url.removeprefix(_TLS), credentials, options=_OPTIONS) as channel:
            yield channel
        return
    target = url.removeprefix(_PLAIN)
    host = target.rpartition(":")[0].strip("[]")
    if not url.startswith(_PLAIN) or not is_loopback(host):
        raise InvalidRequest(
            f"{url} is no address of a service that can be asked safely",
            hint="Write grpcs://HOST:PORT, or grpc://127.0.0.1:PORT for a service on this machine.",
        )
    async with grpc.aio.insecure_channel(target, options=_OPTIONS) as channel:
        yield channel
