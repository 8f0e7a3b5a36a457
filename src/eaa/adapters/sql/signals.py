"""Knocks over LISTEN and NOTIFY of Postgres, on direct connections: a pooler would give their session to others."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from psycopg import AsyncConnection, Error
from typing_extensions import override

from eaa.adapters.sql.signal_channel import CHANNEL
from eaa.kit.knocks import Knocks
from eaa.ports.signals import Listening, Signals

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0
_PATIENCE_S = 5.0
"""How long connecting and ringing may take."""


@asynccontextmanager
async def open_postgres_signals(url: str) -> AsyncIterator["PostgresSignals"]:
    """Listen and ring inside the block, with two connections; a lost one is made again by and by.

    Args:
        url: A direct address, without a pooler that shares sessions.
    """
    signals = PostgresSignals(url)
    hearing = asyncio.create_task(signals.hear(), name="signals")
    try:
        yield signals
    finally:
        hearing.cancel()
        await asyncio.wait({hearing})
        await signals.close()


class PostgresSignals(Signals):
    """Reaches whoever listens on the same database. Made by `open_postgres_signals`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._knocks = Knocks()
        self._ringing: AsyncConnection | None = None
        self._turn = asyncio.Lock()
        self._is_hearing = asyncio.Event()

    @override
    async def ring(self, *topics: str) -> None:
        # Those in this process need no way round the database.
        self._knocks.ring(topics)
        try:
            async with asyncio.timeout(_PATIENCE_S), self._turn:
                await self._notify(topics)
        except (Error, OSError, TimeoutError):
            # Lost: whoever waits looks by itself before long.
            await self.close()

    @override
    def listen(self, *topics: str) -> AbstractAsyncContextManager[Listening]:
        return self._listen(topics)

    @asynccontextmanager
    async def _listen(self, topics: Collection[str]) -> AsyncIterator[Listening]:
        with self._knocks.hearing(topics) as hearing:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await self._is_hearing.wait()
            except TimeoutError:
                pass
            yield hearing

    async def hear(self) -> None:
        """Pass on what is rung in the database until cancelled."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                async with await AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    pause_s = _FIRST_PAUSE_S
                    self._is_hearing.set()
                    # Something may have been rung while nobody heard.
                    self._knocks.ring_all()
                    await self._pass_on(connection)
            except (Error, OSError):
                self._is_hearing.clear()
                self._knocks.ring_all()
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _pass_on(self, connection: AsyncConnection) -> None:
        """Pass notices on until the connection breaks.

        `AsyncConnection.notifies` would do it too, and wake up ten times a second to look.

        Raises:
            OperationalError: The connection is broken.
        """
        loop, descriptor, is_readable = asyncio.get_running_loop(), connection.fileno(), asyncio.Event()
        loop.add_reader(descriptor, is_readable.set)
        try:
            while True:
                await is_readable.wait()
                is_readable.clear()
                connection.pgconn.consume_input()
                while (notice := connection.pgconn.notifies()) is not None:
                    self._knocks.ring([notice.extra.decode()])
        finally:
            loop.remove_reader(descriptor)

    async def close(self) -> None:
        """Close the connection that rings; the next ring makes another one."""
        connection, self._ringing = self._ringing, None
        if connection is not None:
            await connection.close()

    async def _notify(self, topics: Collection[str]) -> None:
        if self._ringing is None or self._ringing.closed:
            self._ringing = await AsyncConnection.connect(self._url, autocommit=True)
        for topic in topics:
            await self._ringing.execute("SELECT pg_notify(%s, %s)", (CHANNEL, topic))
