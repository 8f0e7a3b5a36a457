"""Whoever holds connections open, however many: nobody else is kept out by it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from eaa.services.gateway.server import Certificate
from eaa.services.http.connections import Connections
from tests.integration.gateway.conftest import AUTHORIZED, GatewayWorld, gateway_world
from tests.integration.gateway.test_events import add, frames
from tests.support.certificates import make_loopback_tls
from tests.support.holding import held_at_once, held_open, held_unread, until_over

MOST = 8
MANY = 3 * MOST
HALF_A_HEAD = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n"
LONG_ANSWERS = (HALF_A_HEAD + b"\r\n").replace(b"livez", b"openapi.json") * 20


@asynccontextmanager
async def followed(world: GatewayWorld) -> AsyncIterator[AsyncIterator[object]]:
    """Follow the events from now on, on a connection of its own."""
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{world.address}/v1/events/stream", headers=AUTHORIZED) as response,
    ):
        assert response.status == 200
        yield frames(response)


@asynccontextmanager
async def speaking_tls(folder: Path, connections: Connections) -> AsyncIterator[tuple[GatewayWorld, ssl.SSLContext]]:
    """Open a gateway that speaks TLS, and what trusts it."""
    tls = make_loopback_tls(folder)
    certificate = Certificate(Path(tls.ca_file), folder / "key.pem")
    async with gateway_world(folder, connections=connections, certificate=certificate) as world:
        yield world, ssl.create_default_context(cafile=tls.ca_file)


@pytest.mark.parametrize("said", [b"", HALF_A_HEAD], ids=["nothing", "half a head"])
async def test_who_holds_connections_longest_makes_room_for_who_comes(tmp_path: Path, said: bytes) -> None:
    async with (
        gateway_world(tmp_path, connections=Connections(most=MOST)) as world,
        held_open(world.address, MANY, said) as holders,
    ):
        await until_over(holders, MANY - MOST)

        answers = [await world.get(path) for path in ("/livez", "/readyz", "/v1/tasks")]

        assert [answered.status for answered in answers] == [200, 200, 200]


async def test_who_comes_behind_many_who_came_in_the_same_moment_is_let_in(tmp_path: Path) -> None:
    async with gateway_world(tmp_path, connections=Connections(most=MOST)) as world:
        with held_at_once(world.address, 10 * MANY):
            assert (await world.get("/livez")).status == 200


async def test_who_takes_nothing_of_its_answers_makes_room_too(tmp_path: Path) -> None:
    async with (
        gateway_world(tmp_path, connections=Connections(most=MOST)) as world,
        held_unread(world.address, MANY, LONG_ANSWERS) as holders,
    ):
        await until_over(holders, MANY - MOST)

        assert (await world.get("/livez")).status == 200


async def test_a_stream_is_no_idle_connection(tmp_path: Path) -> None:
    async with (
        gateway_world(tmp_path, connections=Connections(most=MOST, patience_s=0.05)) as world,
        followed(world) as stream,
        held_open(world.address, MANY) as holders,
    ):
        await until_over(holders, MANY)
        await add(world, 1)

        assert await anext(stream) is not None


async def test_a_request_that_is_worked_on_keeps_its_connection(tmp_path: Path) -> None:
    async with gateway_world(tmp_path, connections=Connections(most=MOST, patience_s=0.05)) as world:
        async with world.house.desk.store.begin():
            # A writer holds the database, so whoever is inside waits for its turn.
            asking = asyncio.create_task(world.get("/v1/tasks"))
            async with held_open(world.address, MANY) as holders:
                await until_over(holders, MANY)

        assert (await asking).status == 200


async def test_a_head_that_never_ends_is_hung_up_on_however_steadily_it_comes(tmp_path: Path) -> None:
    async with (
        gateway_world(tmp_path, connections=Connections(patience_s=0.2)) as world,
        held_open(world.address, 1, HALF_A_HEAD) as (holder,),
    ):
        trickling = asyncio.create_task(holder.trickle(b"x: y\r\n"))

        await until_over([holder], 1)

        await trickling


async def test_where_all_are_at_work_who_comes_is_turned_away_at_once(tmp_path: Path) -> None:
    async with gateway_world(tmp_path, connections=Connections(most=2)) as world:
        async with AsyncExitStack() as streams:
            for _ in range(2):
                await streams.enter_async_context(followed(world))
            async with held_open(world.address, MANY) as holders:
                await until_over(holders, MANY)

        assert (await world.get("/livez")).status == 200


async def test_who_never_begins_to_speak_tls_makes_room_too(tmp_path: Path) -> None:
    async with (
        speaking_tls(tmp_path, Connections(most=MOST)) as (world, trusting),
        held_open(world.address, MANY) as holders,
    ):
        await until_over(holders, MANY - MOST)

        async with world.client.get(f"{world.address}/livez", ssl=trusting) as response:
            assert response.status == 200


async def test_who_never_begins_to_speak_tls_is_hung_up_on(tmp_path: Path) -> None:
    async with (
        speaking_tls(tmp_path, Connections(patience_s=0.05)) as (world, _),
        held_open(world.address, 1) as holders,
    ):
        await until_over(holders, 1)
