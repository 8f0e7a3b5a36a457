"""Every event reaches the stream once and in order: with several relays, while the broker dies, and after it forgot."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import nats
import pytest

from eaa.adapters.memory.event_bus import MemoryEventBus
from eaa.adapters.memory.signals import MemorySignals
from eaa.adapters.memory.store import MemoryStore
from eaa.adapters.nats.event_bus import MAIN_STREAM, ROOT, STREAM, names_of_shard, open_nats
from eaa.adapters.sql.engine import sqlite_address
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.domain.ids import EventId
from eaa.engine.cloud_events import cloud_event_json
from eaa.engine.event_relay import EventRelay
from eaa.ports.event_bus import BusUnreachable, EventBus
from eaa.ports.store import Store
from tests.makers import make_event
from tests.support.cancelling import count_swallowed
from tests.support.own_server import OwnServer, nats_server


@pytest.fixture
def server(tmp_path: Path, nats_url: str) -> Iterator[OwnServer]:
    # `nats_url` says whether this machine has to have one.
    assert nats_url
    with nats_server(tmp_path / "nats") as started:
        yield started


@pytest.fixture
async def outbox(tmp_path: Path) -> AsyncIterator[Store]:
    url = sqlite_address(tmp_path / "eaa.sqlite")
    await upgrade(url)
    async with open_store(url) as store:
        yield store


async def add(store: Store, *numbers: int) -> None:
    for number in numbers:
        async with store.begin() as session:
            await session.events.add(make_event(event_id=f"evt_{number}", task_id=f"tsk_{number % 3}"))


async def heard(server: OwnServer, stream: str = STREAM) -> list[str]:
    """Return the ids of the events in the stream."""
    client = await nats.connect(server.url)
    try:
        context = client.jetstream()
        state = (await context.stream_info(stream)).state
        found = [await context.get_msg(stream, seq=number) for number in range(state.first_seq, state.last_seq + 1)]
        return [json.loads(message.data or b"{}")["id"] for message in found]
    finally:
        await client.close()


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(60):
        while not await is_so():  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(0.005)


async def _ends_with(bus: EventBus, event_id: EventId | None) -> bool:
    try:
        return (await bus.end()).event_id == event_id
    except BusUnreachable:
        return False


async def _has_published(relay: EventRelay, count: int) -> bool:
    return relay.published >= count


async def _is_at_fault(relay: EventRelay) -> bool:
    return await relay.fault() is not None


async def _is_well(relay: EventRelay) -> bool:
    return await relay.fault() is None


async def relayed(relays: list[EventRelay], store: Store) -> None:
    """Let relays work until the stream ends where the outbox does."""
    working = [asyncio.create_task(relay.work()) for relay in relays]
    try:
        async with store.begin() as session:
            newest = await session.events.newest()
        await until(lambda: _ends_with(relays[0].bus, newest))
    finally:
        for task in working:
            task.cancel()
        await asyncio.wait(working)


async def test_three_relays_publish_each_event_once_and_in_order(server: OwnServer, outbox: Store) -> None:
    await add(outbox, *range(100))
    async with (
        open_nats(server.url, render=cloud_event_json) as one,
        open_nats(server.url, render=cloud_event_json) as two,
        open_nats(server.url, render=cloud_event_json) as three,
    ):
        relays = [EventRelay(store=outbox, bus=bus, signals=MemorySignals()) for bus in (one, two, three)]
        await relayed(relays, outbox)

    assert await heard(server) == [f"evt_{number}" for number in range(100)]
    assert sum(relay.published for relay in relays) <= 100


async def test_a_killed_broker_loses_and_doubles_nothing_and_is_said_to_be_away(
    server: OwnServer, outbox: Store
) -> None:
    await add(outbox, *range(300))
    async with open_nats(server.url, render=cloud_event_json) as bus:
        relay = EventRelay(store=outbox, bus=bus, signals=MemorySignals())
        working = asyncio.create_task(relay.work())
        await until(lambda: _has_published(relay, 20))
        server.kill()
        await until(lambda: _is_at_fault(relay))
        await add(outbox, *range(300, 310))
        server.start()
        await until(lambda: _ends_with(bus, EventId("evt_309")))
        await until(lambda: _is_well(relay))
        working.cancel()
        await asyncio.wait({working})

    assert await heard(server) == [f"evt_{number}" for number in range(310)]


async def test_what_the_broker_forgot_is_published_again(server: OwnServer, outbox: Store) -> None:
    await add(outbox, *range(5))
    async with open_nats(server.url, render=cloud_event_json) as bus:
        await relayed([EventRelay(store=outbox, bus=bus, signals=MemorySignals())], outbox)
    client = await nats.connect(server.url)
    await client.jetstream().delete_stream(STREAM)
    await client.close()

    async with open_nats(server.url, render=cloud_event_json) as bus:
        await relayed([EventRelay(store=outbox, bus=bus, signals=MemorySignals())], outbox)

    assert await heard(server) == [f"evt_{number}" for number in range(5)]


async def test_a_reader_may_choose_by_task_and_type(server: OwnServer, outbox: Store) -> None:
    await add(outbox, *range(6))
    async with open_nats(server.url, render=cloud_event_json) as bus:
        await relayed([EventRelay(store=outbox, bus=bus, signals=MemorySignals())], outbox)
    client = await nats.connect(server.url)
    reader = await client.jetstream().subscribe(f"{ROOT}.*.tsk_1.run.started")
    found = [json.loads((await reader.next_msg(timeout=5)).data)["subject"] for _ in range(2)]
    await client.close()

    assert found == ["tsk_1", "tsk_1"]


async def test_the_stream_of_another_installation_is_left_alone(outbox: Store) -> None:
    await add(outbox, 1)
    bus = MemoryEventBus([make_event(event_id="evt_of_others")])
    relay = EventRelay(store=outbox, bus=bus, signals=MemorySignals())
    working = asyncio.create_task(relay.work())
    await until(lambda: _is_at_fault(relay))
    working.cancel()
    await asyncio.wait({working})

    assert "does not have" in (await relay.fault() or "")
    assert [event.id for event in bus.events] == ["evt_of_others"]


async def test_each_shard_has_a_stream_of_its_own_order(server: OwnServer, tmp_path: Path) -> None:
    stores = [MemoryStore(), MemoryStore(), MemoryStore()]
    names = [MAIN_STREAM, names_of_shard("acme"), names_of_shard("events")]
    for number, (store, named) in enumerate(zip(stores, names, strict=True)):
        await add(store, *range(number * 10, number * 10 + 3))
        async with open_nats(server.url, render=cloud_event_json, names=named) as bus:
            relay = EventRelay(store=store, bus=bus, signals=MemorySignals())
            await relay.publish_some()

    found = [await heard(server, named.stream) for named in names]
    assert found == [[f"evt_{number * 10 + place}" for place in range(3)] for number in range(3)]


async def test_a_call_that_is_cancelled_ends_whenever_that_is(server: OwnServer) -> None:
    async with open_nats(server.url, render=cloud_event_json) as bus:

        async def publish(number: int) -> None:
            # Whatever was published before and seen by nobody: the server says where the stream ends.
            end = await bus.end()
            await bus.publish(make_event(event_id=f"evt_{number}"), after=end)

        await publish(-1)
        cancelled, swallowed = await count_swallowed(publish, moment_s=0.00003)

    assert cancelled > 0
    assert swallowed == 0
