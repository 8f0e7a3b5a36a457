"""Transactions that only read, on replicas that have everything that was committed before the transaction began.

Before a read the primary is asked how far its log is, and a replica how far it has replayed it: one that is behind gets
a moment to catch up, and is passed over then. So whoever wrote something reads it afterwards, in whichever process, and
nobody reads an older state after a newer one.

Source: PostgreSQL 15, "System Administration Functions", `pg_current_wal_lsn` and `pg_last_wal_replay_lsn`, checked
2026-11.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from eaa.adapters.sql.faults import translated
from eaa.adapters.sql.store import SqlSession
from eaa.ports.store import Session, Store

PATIENCE_S = 0.1
"""For which a replica may catch up."""
LEFT_ALONE_S = 5.0
"""For which one that did not answer is not asked again."""
_LOOK_S = 0.01
_ANSWER_S = 1.0
_POSITION = text("SELECT pg_current_wal_lsn()::text")
_HAS_REPLAYED = text("SELECT pg_last_wal_replay_lsn() >= CAST(:position AS pg_lsn)")
_log = structlog.get_logger()


@dataclass(slots=True)
class Replica:
    """A streaming replica, and how it was lately."""

    name: str
    """Host and database; holds no secret."""
    engine: AsyncEngine
    asked_again_s: float = 0.0
    """On the monotonic clock."""


class ReadingStore(Store):
    """Reads on replicas in turn, and on the primary when none is there or has caught up. What writes is refused."""

    def __init__(self, primary: AsyncEngine, replicas: Sequence[Replica], *, name: str) -> None:
        self._primary = primary
        self._replicas = list(replicas)
        self._name = name
        self.on_replicas = 0
        """Transactions that were read there."""
        self.on_primary = 0
        """Transactions that had to be read there."""

    @property
    def away(self) -> tuple[str, ...]:
        """The replicas that did not answer lately."""
        return tuple(replica.name for replica in self._replicas if replica.asked_again_s > time.monotonic())

    @override
    def begin(self) -> AbstractAsyncContextManager[Session]:
        return self._transaction()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Session]:
        with translated(self._name):
            connection = await self._caught_up()
            if connection is not None:
                self.on_replicas += 1
                try:
                    yield SqlSession(connection)
                finally:
                    await connection.close()
                return
            self.on_primary += 1
            async with self._primary.connect() as own:
                await own.execute(text("SET TRANSACTION READ ONLY"))
                yield SqlSession(own)

    async def _caught_up(self) -> AsyncConnection | None:
        """Return a connection to a replica that has everything, None when there is none."""
        position: str | None = None
        for _ in range(len(self._replicas)):
            replica = self._replicas.pop(0)
            self._replicas.append(replica)
            if replica.asked_again_s > time.monotonic():
                continue
            if position is None:
                async with self._primary.connect() as connection:
                    position = str((await connection.execute(_POSITION)).scalar_one())
            try:
                found = await self._waited_for(replica, position)
            except (DBAPIError, PoolTimeout, OSError, TimeoutError) as error:
                replica.asked_again_s = time.monotonic() + LEFT_ALONE_S
                _log.warning("replica.away", replica=replica.name, error=type(error).__name__)
                continue
            if found is not None:
                return found
        return None

    async def _waited_for(self, replica: Replica, position: str) -> AsyncConnection | None:
        """Return a connection to a replica as soon as it has replayed a position; None when it does not in time."""
        async with asyncio.timeout(_ANSWER_S):
            connection = await replica.engine.connect()
            try:
                deadline_s = time.monotonic() + PATIENCE_S
                while True:
                    found = await connection.execute(_HAS_REPLAYED, {"position": position})
                    has_replayed = found.scalar_one()
                    # The next look, and the reading, see what was replayed until then.
                    await connection.rollback()
                    if has_replayed:
                        return connection
                    if time.monotonic() > deadline_s:
                        break
                    await asyncio.sleep(_LOOK_S)
            except BaseException:
                await connection.close()
                raise
            await connection.close()
            return None
