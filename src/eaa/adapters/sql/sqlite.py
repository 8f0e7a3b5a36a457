"""SQLite for an event loop: what may wait is done on a thread of its own, and the rest at once.

A transaction waits twice: for the write lock when it begins, and for the disk when it commits. In between it holds the
lock, and a statement takes microseconds, fewer than handing it to another thread and back.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Dialect, Engine, Executable
from sqlalchemy.exc import TimeoutError as PoolTimeout
from typing_extensions import override

from eaa.adapters.sql.database import Database, Statements
from eaa.kit.suspension import unsuspended

T = TypeVar("T")


class SqliteDatabase(Database):
    """One connection: transactions of this process queue up in order here, instead of polling for SQLite's lock."""

    def __init__(self, engine: Engine, *, wait_s: float) -> None:
        self._engine = engine
        self._wait_s = wait_s
        """How long a transaction waits for its turn."""
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="eaa-sqlite")

    @property
    @override
    def sync_engine(self) -> Engine:
        return self._engine

    @override
    def begin(self) -> AbstractAsyncContextManager[Statements]:
        return self._transaction()

    @override
    async def dispose(self) -> None:
        # Who closes a file as its last user cleans up, and keeps everybody away meanwhile.
        with unsuspended():
            await self._on_thread(self._engine.dispose)
        self._thread.shutdown(wait=False)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Statements]:
        async with self._its_turn():
            # Nothing is connected yet; that and everything that may wait happens on the thread.
            transaction = _Transaction(self._engine)
            try:
                await self._on_thread(transaction.begin)
                yield SqliteStatements(transaction.connection)
            except BaseException:
                await self._on_thread(transaction.undo)
                raise
            await self._on_thread(transaction.commit)

    @asynccontextmanager
    async def _its_turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._wait_s):
                await self._turn.acquire()
        except TimeoutError:
            raise PoolTimeout(f"no turn within {self._wait_s} s") from None
        try:
            with unsuspended():
                yield
        finally:
            self._turn.release()

    async def _on_thread(self, work: Callable[[], T]) -> T:
        """Do work on the thread. A cancellation is raised when the work is over: nothing can stop it half way."""
        doing = asyncio.get_running_loop().run_in_executor(self._thread, work)
        cancelled: asyncio.CancelledError | None = None
        while not doing.done():
            try:
                await asyncio.wait({doing})
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            doing.exception()
            raise cancelled
        return doing.result()


class SqliteStatements(Statements):
    """The statements of a transaction that holds the write lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    @override
    def dialect(self) -> Dialect:
        return self._connection.dialect

    @override
    async def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        return self._connection.execute(statement, parameters)

    @override
    async def run_sync(self, action: Callable[[Connection], T]) -> T:
        return action(self._connection)


class _Transaction:
    """One transaction, as the thread sees it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    @property
    def connection(self) -> Connection:
        assert self._connection is not None
        return self._connection

    def begin(self) -> None:
        self._connection = self._engine.connect()
        self._connection.begin()

    def commit(self) -> None:
        """Commit and give the connection back, even when the commit fails: then nothing of it is written."""
        with self.connection as connection:
            connection.commit()

    def undo(self) -> None:
        """Give the connection back without a commit."""
        if self._connection is not None:
            self._connection.close()
