"""Brings a database to the revision this version needs. Processes that start at once wait for each other."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from eaa.adapters.sql.database import Database
from eaa.adapters.sql.engine import database_name, open_engine, sqlite_file
from eaa.adapters.sql.faults import translated
from eaa.adapters.sql.indexes import build_indexes
from eaa.adapters.sql.revision import HEAD, REVISIONS, revision_of_file
from eaa.adapters.sql.sqlite import SqliteDatabase
from eaa.domain.errors import DatabaseTooNew

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATION_LOCK = 0x0EAA_3164
"""Our own number among Postgres' advisory locks."""
_LOCK_WAIT_MS = 2000
_TRIES = 15
_PAUSE_S = 0.5
_LOCK_NOT_AVAILABLE = "55P03"


async def upgrade(url: str) -> None:
    """Bring the database to the newest revision; one that is there already is left alone.

    Raises:
        DatabaseTooNew: A newer version wrote it. Nothing was changed.
        DatabaseUnreachable: There is no way to it.
        DiskFull: Nothing was changed.
    """
    file = sqlite_file(url)
    if file is not None and revision_of_file(file) == HEAD:
        return
    await _alone(url, lambda connection: _upgrade(connection, HEAD), before=_prepare)


async def downgrade(url: str, revision: str) -> None:
    """Take the database back to an older revision, `base` for an empty one. Data that has no place there is lost.

    Raises:
        DatabaseTooNew: A newer version wrote it. Nothing was changed.
    """
    await _alone(url, lambda connection: _downgrade(connection, revision))


async def current(url: str) -> str | None:
    """Return the database's revision, None for one that was never migrated.

    Raises:
        DatabaseUnreachable: There is no way to it.
    """
    file = sqlite_file(url)
    if file is not None:
        return revision_of_file(file)
    found: list[str | None] = []
    await _alone(url, lambda connection: found.append(_revision(connection)))
    return found[0]


async def _alone(
    url: str, action: Callable[[Connection], None], *, before: Callable[[Database], Awaitable[None]] | None = None
) -> None:
    """Run an action in one transaction that no other migration overlaps.

    A table that somebody uses is not waited for long, since everybody else would queue up behind; it is tried again.
    """
    engine = open_engine(url)
    try:
        with translated(database_name(url)):
            if before is not None:
                await before(engine)
            for _ in range(_TRIES - 1):
                try:
                    return await _in_transaction(engine, action)
                except OperationalError as error:
                    if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                        raise
                await asyncio.sleep(_PAUSE_S)
            await _in_transaction(engine, action)
    finally:
        await engine.dispose()


async def _in_transaction(engine: Database, action: Callable[[Connection], None]) -> None:
    async with engine.begin() as connection:
        # SQLite's transaction is alone from its first moment.
        if connection.dialect.name == "postgresql":
            await connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            await connection.execute(text(f"SET LOCAL lock_timeout = {_LOCK_WAIT_MS}"))
        await connection.run_sync(action)


async def _prepare(engine: Database) -> None:
    """On Postgres, build indexes of big tables first: outside of any transaction, with writers going on."""
    if isinstance(engine, SqliteDatabase):
        return
    async with engine.begin() as transaction:
        revision = await transaction.run_sync(_revision)
    if revision is None or revision == HEAD or revision not in REVISIONS:
        return
    # Loaded here: SQLite does without.
    from sqlalchemy.ext.asyncio import AsyncEngine

    alone = AsyncEngine(engine.sync_engine).execution_options(isolation_level="AUTOCOMMIT")
    for tried in range(1, _TRIES + 1):
        try:
            async with alone.connect() as connection:
                await connection.run_sync(build_indexes)
            return
        except (OperationalError, IntegrityError, ProgrammingError):
            # Builders that begin at the same moment wait for each other, and Postgres ends one of them.
            if tried == _TRIES:
                raise
        await asyncio.sleep(_PAUSE_S)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return revision


def _upgrade(connection: Connection, revision: str) -> None:
    if _revision(connection) == revision:
        return
    from alembic import command

    _refuse_unknown(connection)
    command.upgrade(_config(connection), revision)


def _downgrade(connection: Connection, revision: str) -> None:
    from alembic import command

    _refuse_unknown(connection)
    command.downgrade(_config(connection), revision)


def _refuse_unknown(connection: Connection) -> None:
    revision = _revision(connection)
    if revision is not None and revision not in REVISIONS:
        raise DatabaseTooNew(revision=revision)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_scripts()))
    config.attributes["connection"] = connection
    return config


def _scripts() -> Path:
    return Path(__file__).parent / "migrations"
