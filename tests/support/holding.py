"""Callers that hold connections open and are in no hurry."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

from yarl import URL

LONG_S = 20.0
"""After which something never happens."""


@dataclass(frozen=True, eq=False)
class Holder:
    """Holds one connection."""

    writer: asyncio.StreamWriter
    over: "asyncio.Future[None]"
    """Done when the other side has hung up."""

    async def trickle(self, text: bytes) -> None:
        """Send a little again and again until the other side has hung up."""
        while not self.over.done():
            self.writer.write(text)
            await asyncio.wait({self.over}, timeout=0.01)


@asynccontextmanager
async def held_open(address: str, count: int, said: bytes = b"") -> AsyncIterator[list[Holder]]:
    """Open so many connections one after the other, say the same on each, and hold them inside the block."""
    place = URL(address)
    async with AsyncExitStack() as stack:
        holders = []
        for _ in range(count):
            reader, writer = await asyncio.open_connection(place.host, place.port)
            holder = Holder(writer, asyncio.ensure_future(_end_of(reader)))
            stack.push_async_callback(_let_go, holder)
            writer.write(said)
            holders.append(holder)
        yield holders


@asynccontextmanager
async def held_unread(address: str, count: int, said: bytes) -> AsyncIterator[list[Holder]]:
    """Do the same, ask the same on each again and again, and read no answer."""
    place = URL(address)
    async with AsyncExitStack() as stack:
        holders = []
        for _ in range(count):
            reader, writer = await asyncio.open_connection(place.host, place.port, limit=1)
            reader.feed_data(b"so that the transport stops reading")
            holder = Holder(writer, asyncio.ensure_future(_closed(writer)))
            stack.push_async_callback(_let_go, holder)
            asking = asyncio.create_task(holder.trickle(said))
            stack.callback(asking.cancel)
            holders.append(holder)
        yield holders


@contextmanager
def held_at_once(address: str, count: int) -> Iterator[None]:
    """Open so many connections before a server of this thread can see the first one, and hold them inside the block."""
    place = URL(address)
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(socket.create_connection((place.host, place.port)))
        yield


async def until_over(holders: Sequence[Holder], count: int) -> None:
    """Return when so many of them were hung up on."""
    async with asyncio.timeout(LONG_S):
        while sum(holder.over.done() for holder in holders) < count:
            going_on = {holder.over for holder in holders if not holder.over.done()}
            await asyncio.wait(going_on, return_when=asyncio.FIRST_COMPLETED)


async def _end_of(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        await reader.read()


async def _closed(writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        await writer.wait_closed()


async def _let_go(holder: Holder) -> None:
    holder.over.cancel()
    holder.writer.transport.abort()
