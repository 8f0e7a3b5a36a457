"""Connections to the database, set up so that no update is ever lost."""

import os
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from eaa.adapters.sql.database import Database
from eaa.adapters.sql.plain_parameters import refuse_unplain_text
from eaa.adapters.sql.sqlite import SqliteDatabase
from eaa.domain.errors import DatabaseUnreachable
from eaa.domain.executor import FROZEN_AFTER
from eaa.kit.private_files import make_private_file

WAIT_S = 30
"""How long a writer waits for another one."""
POSTGRES_CONNECTIONS = 10
"""Connections of a pool that no setting sizes."""
_ABANDONED_MS = int(FROZEN_AFTER.total_seconds() * 1000)
"""How long a transaction may stand still before Postgres ends it: who froze in it would keep its locks for ever."""
_JOURNALS = ("-wal", "-shm")
"""Endings of the files that SQLite keeps beside the database; it gives new ones the mode of that."""
HIDING = {"hide_parameters": True}
"""Rows hold answers of models: they stand in no error and no log line of the library."""


def open_engine(url: str, *, connections: int = POSTGRES_CONNECTIONS, keeps_sessions: bool = False) -> Database:
    """Return an engine for a `sqlite:///…` or `postgresql://…` address; nothing is connected yet.

    Args:
        url: The address; a pooler that shares connections between transactions may stand there.
        connections: How many the pool of Postgres holds at most. SQLite always has one.
        keeps_sessions: No such pooler stands there: what holds for a session is said once, instead of in each
            transaction.

    Raises:
        DatabaseUnreachable: There is no folder for the SQLite file, or it may not be written to.
        ValueError: The address names another database.
    """
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            _require_folder(parsed)
            return _open_sqlite(url)
        case "postgresql":
            # Loaded here: it brings a good part of SQLAlchemy along that SQLite does without.
            from sqlalchemy.ext.asyncio import create_async_engine

            address = parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
            engine = create_async_engine(
                address,
                pool_size=connections,
                max_overflow=0,
                pool_timeout=WAIT_S,
                pool_pre_ping=True,
                # Behind a pooler the next transaction may meet another server process, which prepared nothing.
                connect_args={"prepare_threshold": None},
                **HIDING,
            )
            refuse_unplain_text(engine.sync_engine)
            _limit_standing_still(engine.sync_engine, keeps_sessions=keeps_sessions)
            return engine
        case other:
            raise ValueError(f"EAA_DATABASE_URL names {other}; it must be sqlite or postgresql")


def sqlite_address(path: Path) -> str:
    """Return the address of a SQLite file, given by its absolute path."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def sqlite_file(url: str) -> Path | None:
    """Return the file that a SQLite address names; None for another database."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def database_name(url: str) -> str:
    """Return what to call the database in a message: its file, or its host and name, never a password."""
    parsed = make_url(url)
    return f"{parsed.host}/{parsed.database}" if parsed.host else str(parsed.database)


def _require_folder(address: URL) -> None:
    """Find out here what the driver would only tell from a thread that outlives its failure."""
    path = Path(address.database or "")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise DatabaseUnreachable(database=str(path), because="its folder does not exist or may not be written to")


def _limit_standing_still(engine: Engine, *, keeps_sessions: bool) -> None:
    """Let Postgres end a session whose transaction nobody goes on with; what it held is free then."""
    limit = f"idle_in_transaction_session_timeout = {_ABANDONED_MS}"

    def of_session(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET {limit}")
        cursor.close()
        # Else the pool would take it back with the transaction that the driver began for it.
        connection.commit()

    def of_transaction(connection: Connection) -> None:
        # Where each statement is its own transaction, none stands still.
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(f"SET LOCAL {limit}")

    if keeps_sessions:
        event.listen(engine, "connect", of_session)
    else:
        event.listen(engine, "begin", of_transaction)


def _open_sqlite(address: str) -> SqliteDatabase:
    engine = create_engine(address, pool_size=1, max_overflow=0, **HIDING)
    file = Path(engine.url.database or "")
    # What it holds is nobody else's business, also where others may look into the folder.
    event.listen(engine, "do_connect", lambda *_: make_private_file(file, beside=_JOURNALS))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    refuse_unplain_text(engine)
    return SqliteDatabase(engine, wait_s=WAIT_S)


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver itself would begin only before the first write: too late to protect what was read for it.
    # Source: SQLAlchemy, "Enabling Non-Legacy SQLite Transactional Modes", checked 2026-11.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout = {WAIT_S * 1000}", "journal_mode = wal", "synchronous = full", "foreign_keys = on"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # A plain BEGIN takes the write lock at the first write; two such transactions both read first, then one overwrites
    # what the other committed or fails. IMMEDIATE takes it now and waits for it.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
