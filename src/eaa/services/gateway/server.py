"""Serving the application inside a process that does other things too."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from eaa.services.http.connections import Connections, address_of


@dataclass(frozen=True, slots=True)
class Certificate:
    """What speaks TLS with callers: PEM files."""

    chain: Path
    key: Path | None = None
    """None: it is in the same file."""


class _Server(uvicorn.Server):
    @contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        # Signals are the process's business: it ends its work in order first.
        yield


@asynccontextmanager
async def serving(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    grace_s: float,
    certificate: Certificate | None = None,
    connections: Connections | None = None,
) -> AsyncIterator[str]:
    """Serve inside the block and yield the address; at its end let answers finish.

    Raises:
        OSError: The port is taken, or may not be used.
    """
    connections = connections or Connections()
    config = uvicorn.Config(
        _taking_turns(app, connections),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Connections are known by who made them, whatever a proxy says of those behind it.
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, round(grace_s)),
        ssl_certfile=str(certificate.chain) if certificate is not None else None,
        ssl_keyfile=str(certificate.key) if certificate is not None and certificate.key is not None else None,
    )
    server = _Server(config)
    async with connections.listening(host, port) as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]), name="gateway")
        try:
            while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.005)
            scheme = "https" if certificate is not None else "http"
            yield address_of(listener, scheme)
        finally:
            server.should_exit = True
            await asyncio.wait({running})


def _taking_turns(app: ASGIApp, connections: Connections) -> ASGIApp:
    """Return the application, which says whose turn it is on a connection."""

    async def taking_turns(scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope.get("client")

        async def sending(message: Message) -> None:
            with connections.sending(caller):
                await send(message)

        with connections.answering(caller):
            await app(scope, receive, sending)

    return taking_turns
