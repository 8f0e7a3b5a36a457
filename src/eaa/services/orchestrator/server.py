"""The HTTP server: addresses, bounds, and an end that lets answers finish."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import web

from eaa.kit.metrics import CONTENT_TYPE
from eaa.services.http.connections import Connections
from eaa.services.http.server import serving_runner
from eaa.services.orchestrator.answers import model_entry
from eaa.services.orchestrator.chat import complete_chat, embed_texts
from eaa.services.orchestrator.door import LONGEST_BODY_BYTES, Door, Visit, json_response, visited
from eaa.services.orchestrator.errors import ModelNotListed, NotServed

PARTING_S = 5.0
GRACE_S = 30.0
"""How long answers may go on after the service was told to stop."""
PATIENCE_S = 75.0
"""A proxy in front keeps connections for its next requests, commonly for a minute."""


@asynccontextmanager
async def serving(
    door: Door, *, host: str, port: int, tls: ssl.SSLContext | None = None, grace_s: float = GRACE_S
) -> AsyncIterator[str]:
    """Serve inside the block and yield the address.

    At its end nothing new is taken, answers on their way get `grace_s` seconds, and what is left then is cancelled.

    Raises:
        OSError: The port is taken, or may not be used.
    """
    runner = web.AppRunner(
        # A caller that hangs up ends its call upstream at once.
        make_app(door),
        handler_cancellation=True,
        shutdown_timeout=grace_s,
        access_log=None,
    )
    connections = Connections(patience_s=PATIENCE_S)
    try:
        async with serving_runner(runner, host=host, port=port, connections=connections, tls=tls) as address:
            yield address
    finally:
        # The runner does not wait for what it cancels, and their calls have yet to be booked.
        if door.working:
            await asyncio.wait(set(door.working), timeout=PARTING_S)


def make_app(door: Door) -> web.Application:
    """Return the addresses of the service."""
    app = web.Application(client_max_size=LONGEST_BODY_BYTES)
    app.router.add_post("/v1/chat/completions", visited(door, "chat", partial(complete_chat, door=door)))
    app.router.add_post("/v1/embeddings", visited(door, "embeddings", partial(embed_texts, door=door)))
    app.router.add_get("/v1/models", visited(door, "models", partial(_models, door=door)))
    app.router.add_get("/v1/models/{name:.+}", visited(door, "models", partial(_model, door=door)))
    app.router.add_get("/livez", _alive)
    app.router.add_get("/readyz", partial(_ready, door=door))
    app.router.add_get("/metrics", visited(door, "metrics", partial(_metrics, door=door), check=door.check_reader))
    app.router.add_route("*", "/{address:.*}", visited(door, "unknown", _unknown))
    return app


async def _models(_request: web.Request, visit: Visit, *, door: Door) -> web.StreamResponse:
    entries = [model_entry(model) for model in door.catalogue.models]
    return json_response({"object": "list", "data": entries}, headers=visit.headers)


async def _model(request: web.Request, visit: Visit, *, door: Door) -> web.StreamResponse:
    name = request.match_info["name"]
    model = door.catalogue.by_name.get(name)
    if model is None:
        raise ModelNotListed(name, known=tuple(door.catalogue.by_name))
    return json_response(model_entry(model), headers=visit.headers)


async def _unknown(request: web.Request, _visit: Visit) -> web.StreamResponse:
    raise NotServed(
        f"{request.method} {request.path} is not served",
        status=404,
        hint="Addresses are /v1/chat/completions, /v1/embeddings, /v1/models, /livez, /readyz, /metrics.",
    )


async def _alive(_request: web.Request) -> web.StreamResponse:
    return json_response({"status": "alive"})


async def _ready(_request: web.Request, *, door: Door) -> web.StreamResponse:
    if not door.catalogue.models:
        return json_response({"status": "not ready", "because": "no model is configured"}, status=503)
    return json_response({"status": "ready", "models": len(door.catalogue.models)})


async def _metrics(_request: web.Request, _visit: Visit, *, door: Door) -> web.StreamResponse:
    now_s = door.clock.now().timestamp()
    text = door.meters.text(door.cooldowns.active(now_s).values(), now_s=now_s)
    return web.Response(body=text.encode(), headers={"Content-Type": CONTENT_TYPE})
