"""Starting and stopping DBOS: quiet, local, and inside the running event loop."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import sqlalchemy
from dbos import DBOS, DBOSConfig
from sqlalchemy import event

from eaa.adapters.dbos.values import JsonValues
from eaa.domain.errors import DatabaseUnreachable
from eaa.domain.executor import FROZEN_AFTER
from eaa.kit.private_files import make_private_file
from eaa.kit.suspension import go_on, put_off, unsuspended

APPLICATION = "eaa"
APPLICATION_VERSION = "1"
"""Constant: any version of eaa may go on with any run. Raised only when its rows change their meaning."""

_BUSY_MS = 30_000
_JOURNALS = ("-wal", "-shm")
LOCKED_S = 60.0
"""How long a launch waits for a file that others have locked."""
_LOCKED_PAUSE_S = 0.05
_NOTIFICATION_POLL_S = 0.1
"""How often waiting receivers look for messages in SQLite; also bounds how long a close takes."""
_EVENTS_S = 0.1
"""How often DBOS looks whether readers of its events and streams are to be told; we have neither."""


def queue_of(slot: str) -> str:
    """Return the name of the queue that only the holder of a slot listens to."""
    return f"eaa-{slot}"


def configure(url: str, *, slot: str) -> sqlalchemy.Engine | None:
    """Make the one DBOS instance of this process, without starting anything.

    Args:
        url: `sqlite:///<absolute path>`, or a Postgres address, where DBOS keeps to its own schema.
        slot: The held executor slot.

    Returns:
        The engine of the file, None for Postgres.
    """
    _silence()
    config = DBOSConfig(
        name=APPLICATION,
        application_version=APPLICATION_VERSION,
        executor_id=slot,
        serializer=JsonValues(),
        enable_otlp=False,
        log_level="WARNING",
        notification_listener_polling_interval_sec=_NOTIFICATION_POLL_S,
        notification_coalesce_sec=_EVENTS_S,
        scheduler_polling_interval_sec=3600.0,
        sys_db_idle_transaction_timeout_sec=FROZEN_AFTER.total_seconds(),
    )
    engine = _open_sqlite(url) if url.startswith("sqlite") else None
    if engine is not None:
        config["system_database_engine"] = engine
    else:
        config["system_database_url"] = url
    DBOS(config=config)
    return engine


def configure_plainly(url: str, *, slot: str) -> None:
    """Make a DBOS instance with nothing but the defaults it ships with; what the benchmark compares us to."""
    _silence()
    DBOS(config=DBOSConfig(name=APPLICATION, system_database_url=url, executor_id=slot, log_level="WARNING"))


async def launch(slot: str, engine: sqlalchemy.Engine | None) -> None:
    """Launch DBOS; must be called where an event loop runs, on which workflows then run.

    Raises:
        DatabaseUnreachable: The file stays locked.
    """
    DBOS.listen_queues([queue_of(slot)])
    if engine is None:
        DBOS.launch()
        return
    connection = await asyncio.to_thread(_open_writable, engine)
    try:
        # Another connection stays open meanwhile, so that nobody is the first or the last to use the file.
        DBOS.launch()
    finally:
        connection.close()


async def shut_down(engine: sqlalchemy.Engine | None) -> None:
    """Give the loop an executor of its own back, and stop DBOS, its threads and the connections to its file."""
    loop = asyncio.get_running_loop()
    # First: whoever else works on this loop would find the one of DBOS, which takes nothing any more.
    loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="eaa-default"))
    done = asyncio.Event()

    def destroy() -> None:
        try:
            with unsuspended():
                DBOS.destroy(destroy_registry=True)
                if engine is not None:
                    # DBOS lets an engine be that it has not made.
                    engine.dispose()
        finally:
            loop.call_soon_threadsafe(done.set)

    # A thread of its own: it waits for every other one.
    Thread(target=destroy, name="eaa-dbos-shutdown").start()
    await done.wait()


def _silence() -> None:
    """Keep DBOS's own log lines off standard error; a handler added to the logger `dbos` still gets them."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = False


def _open_writable(engine: sqlalchemy.Engine) -> sqlalchemy.Connection:
    """Return a connection to a file that can be written to.

    SQLite waits for a lock of another writer, and does not wait while somebody mends the file after a crash or cleans
    up as its last user: a launch in that moment would fail. Source: sqlite.org, "Write-Ahead Logging", "Sometimes
    Queries Return SQLITE_BUSY In WAL Mode".
    """
    deadline_s = time.monotonic() + LOCKED_S
    while True:
        try:
            with unsuspended():
                connection = engine.connect()
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.rollback()
            except BaseException:
                connection.close()
                raise
        except sqlalchemy.exc.OperationalError as error:
            if time.monotonic() > deadline_s:
                raise DatabaseUnreachable(database=str(engine.url.database), because=str(error.orig)) from error
            time.sleep(_LOCKED_PAUSE_S)
        else:
            return connection


def _open_sqlite(url: str) -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(url)
    file = Path(engine.url.database or "")
    event.listen(engine, "do_connect", lambda *_: make_private_file(file, beside=_JOURNALS))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "checkout", lambda *_: put_off())
    event.listen(engine, "checkin", lambda *_: go_on())
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # DBOS begins its transactions this way itself when it makes the engine.
    connection.isolation_level = "IMMEDIATE"
    # What is lost with the machine's power is that a run began or ended here; its steps are in the store, which syncs.
    pragmas = (f"busy_timeout = {_BUSY_MS}", "journal_mode = wal", "synchronous = normal", "foreign_keys = on")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
