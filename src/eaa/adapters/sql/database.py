"""What the adapters here need of a database, SQLite or Postgres alike."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, CursorResult, Dialect, Engine, Executable

T = TypeVar("T")


class Statements(Protocol):
    """Runs statements in one transaction, one after the other."""

    @property
    def dialect(self) -> Dialect:
        """Which SQL is spoken."""
        ...

    async def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run a statement and return all that it found."""
        ...

    async def run_sync(self, action: Callable[[Connection], T]) -> T:
        """Run code that wants a connection without `await`, and return what it returns."""
        ...


class Database(Protocol):
    """A pool of connections. Safe to share between coroutines of one event loop."""

    @property
    def sync_engine(self) -> Engine:
        """The pool itself, for listeners."""
        ...

    def begin(self) -> AbstractAsyncContextManager[Statements]:
        """Open a transaction: the end of the block commits it, an exception undoes it."""
        ...

    async def dispose(self) -> None:
        """Close every connection."""
        ...
