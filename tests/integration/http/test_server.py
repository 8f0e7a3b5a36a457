"""The servers of aiohttp: bounded like the gateway's, and a call at work is neither hung up on nor cancelled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from eaa.services.http.connections import Connections
from eaa.services.http.server import serving_runner
from tests.support.holding import held_open, until_over

MOST = 8
MANY = 3 * MOST


@asynccontextmanager
async def served(connections: Connections, release: asyncio.Event) -> AsyncIterator[str]:
    """Serve something that is quick and something that waits until it is released."""

    async def quick(_: web.Request) -> web.Response:
        return web.Response(text="quick")

    async def slow(_: web.Request) -> web.Response:
        await release.wait()
        return web.Response(text="slow")

    app = web.Application()
    app.router.add_get("/quick", quick)
    app.router.add_get("/slow", slow)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
    async with serving_runner(runner, host="127.0.0.1", port=0, connections=connections) as address:
        yield address


async def text_of(address: str) -> str:
    """Ask on a connection of its own."""
    async with aiohttp.ClientSession() as client, client.get(address) as response:
        return await response.text()


@pytest.mark.parametrize("said", [b"", b"GET /quick HTTP/1.1\r\n", b"GET /quick HTTP/1.1\r\nHost: x\r\n\r\n"])
async def test_who_holds_connections_longest_makes_room_and_a_call_at_work_stays(said: bytes) -> None:
    release = asyncio.Event()
    async with served(Connections(most=MOST), release) as address:
        asking = asyncio.create_task(text_of(f"{address}/slow"))
        async with held_open(address, MANY, said) as holders:
            await until_over(holders, MANY - MOST)
            quick = await text_of(f"{address}/quick")
            release.set()

        assert (quick, await asking) == ("quick", "slow")


async def test_a_head_that_never_ends_is_hung_up_on_and_a_call_at_work_is_not() -> None:
    release = asyncio.Event()
    async with served(Connections(patience_s=0.05), release) as address:
        asking = asyncio.create_task(text_of(f"{address}/slow"))
        async with held_open(address, MANY, b"GET /quick HTTP/1.1\r\n") as holders:
            await until_over(holders, MANY)
            release.set()

        assert await asking == "slow"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_where_it_listens_is_said_as_an_address(host: str) -> None:
    runner = web.AppRunner(web.Application())
    async with serving_runner(runner, host=host, port=0, connections=Connections()) as address:
        assert "404" in await text_of(address)
