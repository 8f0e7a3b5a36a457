"""Errors of the database drivers in our own words."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from eaa.domain.errors import DatabaseUnreachable, DiskFull

_POSTGRES_DISK_FULL = "53100"
_UNUSABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)


@contextmanager
def translated(database: str) -> Iterator[None]:
    """Turn what a driver raises inside the block into our errors; the rest passes as it is.

    Args:
        database: What to call it in a message; holds no secret.

    Raises:
        DiskFull: There is no room for the transaction; nothing of it was written.
        DatabaseUnreachable: The connection failed, another writer held the database for too long, or its file cannot
            be read or written.
        CancelledError: The task was cancelled inside the block, whatever became of the transaction.
    """
    handled = sys.exc_info()[1]
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnreachable(database=database, because="no connection became free in time") from error
    except DBAPIError as error:
        cancelled = _cancelled_in_block(error, handled)
        if cancelled is not None:
            raise cancelled from None
        if _is_disk_full(error):
            raise DiskFull(path=database) from error
        if _is_unusable(error) or error.connection_invalidated or _is_no_connection(error):
            raise DatabaseUnreachable(database=database, because=str(error.orig).strip()) from error
        raise


def _cancelled_in_block(error: DBAPIError, handled: BaseException | None) -> asyncio.CancelledError | None:
    """Return why the transaction was given up whose end failed: what was cancelled has to end, not to try again.

    What was handled before the block began, and what became a timeout, is over.
    """
    before: BaseException | None = error
    while before is not None and before is not handled and not isinstance(before, TimeoutError):
        if isinstance(before, asyncio.CancelledError):
            return before
        before = before.__context__
    return None


def _is_disk_full(error: DBAPIError) -> bool:
    driver_error = error.orig
    if isinstance(driver_error, sqlite3.Error):
        return getattr(driver_error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return getattr(driver_error, "sqlstate", None) == _POSTGRES_DISK_FULL


def _is_unusable(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", 0)
    # Extended codes keep the primary one in their low byte.
    return isinstance(error.orig, sqlite3.Error) and code & 0xFF in _UNUSABLE


def _is_no_connection(error: DBAPIError) -> bool:
    """Return whether Postgres could not be reached: its driver then has no SQL state to tell."""
    is_operational = type(error.orig).__name__ == "OperationalError" and not isinstance(error.orig, sqlite3.Error)
    return is_operational and getattr(error.orig, "sqlstate", None) is None
