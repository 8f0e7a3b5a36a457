"""Serving an application of aiohttp inside a process that does other things too."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from eaa.services.http.connections import Connections, address_of


@asynccontextmanager
async def serving_runner(
    runner: web.AppRunner, *, host: str, port: int, connections: Connections, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve inside the block and yield the address; at its end nothing new is taken, and the runner is cleaned up.

    Raises:
        OSError: The port is taken, or may not be used.
    """
    runner.app.middlewares.append(_taking_turns(connections))
    async with connections.listening(host, port) as listener:
        await runner.setup()
        try:
            await web.SockSite(runner, listener, ssl_context=tls).start()
            yield address_of(listener, "http" if tls is None else "https")
        finally:
            await runner.cleanup()


def _taking_turns(connections: Connections) -> Middleware:
    """Return what says whose turn it is on a connection."""

    @web.middleware
    async def taking_turns(request: web.Request, handler: Handler) -> web.StreamResponse:
        caller = None if request.transport is None else request.transport.get_extra_info("peername")
        with connections.answering(caller):
            return await handler(request)

    return taking_turns
