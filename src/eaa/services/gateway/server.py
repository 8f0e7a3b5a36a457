"""Serving the application inside a process that does other things too."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override


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
    app: ASGIApp, *, host: str, port: int, grace_s: float, certificate: Certificate | None = None
) -> AsyncIterator[str]:
    """Serve inside the block and yield the address; at its end let answers finish.

    Raises:
        OSError: The port is taken, or may not be used.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(grace_s)),
        ssl_certfile=str(certificate.chain) if certificate is not None else None,
        ssl_keyfile=str(certificate.key) if certificate is not None and certificate.key is not None else None,
    )
    listener = _listener(host, port)
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]), name="gateway")
    try:
        while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        scheme = "https" if certificate is not None else "http"
        bound_host, bound_port, *_ = listener.getsockname()
        yield (
            f"{scheme}://[{bound_host}]:{bound_port}" if ":" in bound_host else f"{scheme}://{bound_host}:{bound_port}"
        )
    finally:
        server.should_exit = True
        await asyncio.wait({running})
        listener.close()


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)  # noqa: FBT003 - its only argument
    return listener
