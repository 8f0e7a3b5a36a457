"""`/livez`, `/readyz` and `/metrics` of a process that has no other door."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec
from aiohttp import web

from eaa.kit.metrics import CONTENT_TYPE
from eaa.services.health.parts import Part, Readiness, condition_of
from eaa.services.http.connections import Connections
from eaa.services.http.server import serving_runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is told."""

    service: str
    """`dispatcher`, `role pm`, …"""
    slot: str
    parts: Sequence[Part]
    is_draining: Callable[[], bool]
    metrics: Callable[[], Iterable[str]]
    """Lines of the exposition format."""


@asynccontextmanager
async def serving(health: Health, *, host: str, port: int) -> AsyncIterator[str]:
    """Serve inside the block and yield the address.

    Raises:
        OSError: The port is taken, or may not be used.
    """
    runner = web.AppRunner(_app(health), access_log=None, shutdown_timeout=1.0)
    async with serving_runner(runner, host=host, port=port, connections=Connections()) as address:
        yield address


def _app(health: Health) -> web.Application:
    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(_: web.Request) -> web.Response:
        condition = await condition_of(health.parts, is_draining=health.is_draining())
        body = {
            "status": condition.readiness,
            "service": health.service,
            "slot": health.slot,
            "parts": dict(condition.parts),
        }
        status = 503 if condition.readiness is Readiness.UNREADY else 200
        return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json")

    async def metrics(_: web.Request) -> web.Response:
        text = "\n".join(health.metrics()) + "\n"
        return web.Response(body=text.encode(), headers={"Content-Type": CONTENT_TYPE})

    app = web.Application(client_max_size=1024)
    app.router.add_get("/livez", alive)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", metrics)
    return app
