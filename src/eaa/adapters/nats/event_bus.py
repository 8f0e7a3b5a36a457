"""The stream of events in NATS JetStream.

Every event is published with the sequence number that the stream must end with. So of any number of processes that
publish, one adds each event, in the order of the outbox, and one that slept or repeats itself is refused by the server.
The event's id is the message's id besides, for readers that see a message twice.

Source: NATS documentation, "JetStream: Publishing" (`Nats-Msg-Id`, `Nats-Expected-Last-Sequence`), checked 2026-11.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError
from typing_extensions import override

from eaa.domain.event import Event
from eaa.domain.ids import EventId
from eaa.kit.cancellation import heeding_cancellation
from eaa.ports.event_bus import BusEnd, BusMoved, BusUnreachable, EventBus

STREAM = "EAA_EVENTS"
ROOT = "eaa.events"
CONTENT_TYPE = "application/cloudevents+json"
PATIENCE_S = 3.0
_WRONG_LAST_SEQUENCE = 10071
_ALREADY_THERE = 10058
_FAULTS = (NatsError, OSError, TimeoutError, asyncio.TimeoutError)
Render = Callable[[Event], bytes]


@dataclass(frozen=True, slots=True)
class StreamNames:
    """What the stream of one outbox is called, and what its subjects begin with."""

    stream: str = STREAM
    root: str = ROOT


def names_of_shard(shard: str) -> StreamNames:
    """Return the names of the stream of a shard beside the main one: a stream has the order of one outbox."""
    return StreamNames(f"{STREAM}_{shard}", f"eaa.shards.{shard}")


MAIN_STREAM = StreamNames()


@asynccontextmanager
async def open_nats(url: str, *, render: Render, names: StreamNames = MAIN_STREAM) -> AsyncIterator["NatsEventBus"]:
    """Open the bus; the server is looked for when the bus is first used, and again whenever it was away.

    Args:
        url: `nats://user:password@host:port`.
        render: Makes a message of an event.
        names: Of the stream; its subjects are `<root>.<organisation>.<task>.<type>`.
    """
    bus = NatsEventBus(url, render=render, stream=names.stream, root=names.root)
    try:
        yield bus
    finally:
        await bus.close()


class NatsEventBus(EventBus):
    """Made by `open_nats`. Safe to share between coroutines."""

    def __init__(self, url: str, *, render: Render, stream: str, root: str) -> None:
        self._url = url
        self._render = render
        self._stream = stream
        self._root = root
        self._broker: NatsBroker | None = None
        self._turn = asyncio.Lock()

    @override
    async def end(self) -> BusEnd:
        with heeding_cancellation():
            try:
                async with asyncio.timeout(PATIENCE_S):
                    context = (await self._connected()).jetstream(timeout=PATIENCE_S)
                    return await self._end(context)
            except _FAULTS as error:
                await self.close()
                raise BusUnreachable(because=_words(error)) from error

    @override
    async def publish(self, event: Event, *, after: BusEnd) -> BusEnd:
        with heeding_cancellation():
            return await self._publish(event, after)

    async def _publish(self, event: Event, after: BusEnd) -> BusEnd:
        headers = {
            "Nats-Msg-Id": event.id,
            "Nats-Expected-Last-Sequence": str(after.position),
            "content-type": CONTENT_TYPE,
        }
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._connected()
                assert self._broker is not None
                subject = f"{self._root}.{event.organisation_id}.{event.task_id}.{event.type}"
                answer = await self._broker.publish(
                    self._render(event), subject, headers=headers, stream=self._stream, timeout=PATIENCE_S
                )
        except APIError as error:
            if error.err_code == _WRONG_LAST_SEQUENCE:
                raise BusMoved from error
            raise BusUnreachable(because=_words(error)) from error
        except _FAULTS as error:
            await self.close()
            raise BusUnreachable(because=_words(error)) from error
        # The server knew the id and added nothing: this very event was published before.
        if answer.duplicate:
            raise BusMoved
        return BusEnd(answer.seq, event.id)

    async def close(self) -> None:
        """Let go of the connection; the next use makes another one."""
        broker, self._broker = self._broker, None
        if broker is not None:
            with suppress(*_FAULTS):
                await broker.connection.close()

    async def _connected(self) -> Client:
        async with self._turn:
            if self._broker is None:
                broker = NatsBroker(
                    self._url, allow_reconnect=False, connect_timeout=int(PATIENCE_S), logger=None, name="eaa"
                )
                await broker.connect()
                self._broker = broker
            return self._broker.connection

    async def _end(self, context: JetStreamContext) -> BusEnd:
        try:
            state = (await context.stream_info(self._stream)).state
        except NotFoundError:
            await self._declare(context)
            return BusEnd(0, None)
        if state.messages == 0:
            return BusEnd(state.last_seq, None)
        last = await context.get_msg(self._stream, seq=state.last_seq)
        return BusEnd(state.last_seq, EventId((last.headers or {}).get("Nats-Msg-Id", "")))

    async def _declare(self, context: JetStreamContext) -> None:
        config = StreamConfig(name=self._stream, subjects=[f"{self._root}.>"], storage=StorageType.FILE, max_age=None)
        try:
            await context.add_stream(config=config)
        except APIError as error:
            if error.err_code != _ALREADY_THERE:
                raise


def _words(error: BaseException) -> str:
    # An address may hold a password, so nothing is said but the kind of fault.
    return type(error).__name__
