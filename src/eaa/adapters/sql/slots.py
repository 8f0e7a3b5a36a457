"""Slots as Postgres session locks: the server drops them with the connection of their holder."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from itertools import count

from psycopg import AsyncConnection, OperationalError
from typing_extensions import override

from eaa.adapters.sql.engine import database_name
from eaa.domain.errors import DatabaseUnreachable, SlotTaken
from eaa.ports.slots import Slots

_TAKE = "SELECT pg_try_advisory_lock(%s)"
_IS_HELD = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 1
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND (classid::bigint << 32 | objid::bigint) = %s
    )
"""
_LOOK_S = 1.0
"""Between two looks whether the connection of a held slot is still there, and two tries to get it back."""


class PostgresSlots(Slots):
    """Holds each slot on a connection of its own, made for it and never pooled: a pooler would share the session.

    A holder whose connection broke takes its slot again as soon as it can; what it writes in between, when somebody
    else has taken its runs over, is refused by the generation.
    """

    def __init__(self, url: str, *, lost: Callable[[str], None] | None = None) -> None:
        """Keep slots in a database.

        Args:
            url: A direct address, without a pooler that shares sessions.
            lost: Told that a slot is somebody else's after the connection broke. Without it nobody is told.
        """
        self._url = url
        self._lost = lost

    @override
    def hold(self, slot: str) -> AbstractAsyncContextManager[str]:
        return self._hold(slot)

    @override
    def hold_first_free(self, prefix: str) -> AbstractAsyncContextManager[str]:
        return self._hold_first_free(prefix)

    @override
    async def is_held(self, slot: str) -> bool:
        async with self._connection() as connection:
            return await _ask(connection, _IS_HELD, slot, self._url)

    @asynccontextmanager
    async def _hold(self, slot: str) -> AsyncIterator[str]:
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self._connection())
            if not await _ask(connection, _TAKE, slot, self._url):
                raise SlotTaken(slot=slot)
            await stack.enter_async_context(self._kept(connection, slot))
            yield slot

    @asynccontextmanager
    async def _hold_first_free(self, prefix: str) -> AsyncIterator[str]:
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self._connection())
            for number in count():
                slot = f"{prefix}-{number}"
                if await _ask(connection, _TAKE, slot, self._url):
                    await stack.enter_async_context(self._kept(connection, slot))
                    yield slot
                    return

    @asynccontextmanager
    async def _kept(self, connection: AsyncConnection, slot: str) -> AsyncIterator[None]:
        """Take the slot again inside the block whenever its connection breaks."""
        keeping = asyncio.create_task(self._keep(connection, slot), name=f"slot {slot}")
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})

    async def _keep(self, connection: AsyncConnection, slot: str) -> None:
        async with AsyncExitStack() as stack:
            while True:
                await asyncio.sleep(_LOOK_S)
                with suppress(DatabaseUnreachable):
                    if await _answers(connection):
                        continue
                    connection = await stack.enter_async_context(self._connection())
                    if not await _ask(connection, _TAKE, slot, self._url):
                        if self._lost is not None:
                            self._lost(slot)
                        return

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        try:
            connection = await AsyncConnection.connect(self._url, autocommit=True)
        except OperationalError as error:
            raise DatabaseUnreachable(database=database_name(self._url), because=str(error)) from error
        try:
            yield connection
        finally:
            await connection.close()


async def _answers(connection: AsyncConnection) -> bool:
    try:
        await connection.execute("SELECT 1")
    except OperationalError:
        return False
    return True


async def _ask(connection: AsyncConnection, question: str, slot: str, url: str) -> bool:
    """Return the answer to a question with one yes or no about a slot."""
    try:
        row = await (await connection.execute(question, (_key(slot),))).fetchone()
    except OperationalError as error:
        raise DatabaseUnreachable(database=database_name(url), because=str(error)) from error
    return row is not None and bool(row[0])


def _key(slot: str) -> int:
    """Return the slot's number among the advisory locks: 64 bits of its hash, as a signed number."""
    return int.from_bytes(hashlib.sha256(f"eaa slot {slot}".encode()).digest()[:8], "big", signed=True)
