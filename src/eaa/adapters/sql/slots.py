"""Slots as Postgres session locks: the server drops them with the connection of their holder."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
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


class PostgresSlots(Slots):
    """Holds each slot on a connection of its own, made for it and never pooled: a pooler would share the session.

    A holder whose connection breaks loses the slot without noticing; what it writes then is refused by the generation.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    @override
    def hold(self, slot: str) -> AbstractAsyncContextManager[str]:
        return self._hold(slot)

    @override
    def hold_first_free(self, prefix: str) -> AbstractAsyncContextManager[str]:
        return self._hold_first_free(prefix)

    @override
    async def is_held(self, slot: str) -> bool:
        async with self._connection() as connection:
            return await _ask(connection, _IS_HELD, slot)

    @asynccontextmanager
    async def _hold(self, slot: str) -> AsyncIterator[str]:
        async with self._connection() as connection:
            if not await _ask(connection, _TAKE, slot):
                raise SlotTaken(slot=slot)
            yield slot

    @asynccontextmanager
    async def _hold_first_free(self, prefix: str) -> AsyncIterator[str]:
        async with self._connection() as connection:
            for number in count():
                slot = f"{prefix}-{number}"
                if await _ask(connection, _TAKE, slot):
                    yield slot
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


async def _ask(connection: AsyncConnection, question: str, slot: str) -> bool:
    """Return the answer to a question with one yes or no about a slot."""
    row = await (await connection.execute(question, (_key(slot),))).fetchone()
    return row is not None and bool(row[0])


def _key(slot: str) -> int:
    """Return the slot's number among the advisory locks: 64 bits of its hash, as a signed number."""
    return int.from_bytes(hashlib.sha256(f"eaa slot {slot}".encode()).digest()[:8], "big", signed=True)
