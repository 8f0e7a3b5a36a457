"""Starting and stopping DBOS: quiet, local, and inside the running event loop."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import sqlalchemy
from dbos import DBOS, DBOSConfig
from sqlalchemy import event

from eaa.adapters.dbos.values import JsonValues

APPLICATION = "eaa"
APPLICATION_VERSION = "1"
"""Constant: any version of eaa may go on with any run. Raised only when recorded steps change their meaning."""

_BUSY_MS = 30_000
_NOTIFICATION_POLL_S = 0.1
"""How often waiting receivers look for messages in SQLite; also bounds how long a close takes."""


def queue_of(slot: str) -> str:
    """Return the name of the queue that only the holder of a slot listens to."""
    return f"eaa-{slot}"


def configure(url: str, *, slot: str) -> None:
    """Make the one DBOS instance of this process, without starting anything.

    Args:
        url: `sqlite:///<absolute path>`, or a Postgres address, where DBOS keeps to its own schema.
        slot: The held executor slot.
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
        scheduler_polling_interval_sec=3600.0,
    )
    if url.startswith("sqlite"):
        config["system_database_engine"] = _open_sqlite(url)
    else:
        config["system_database_url"] = url
    DBOS(config=config)


def configure_plainly(url: str, *, slot: str) -> None:
    """Make a DBOS instance with nothing but the defaults it ships with; what the benchmark compares us to."""
    _silence()
    DBOS(config=DBOSConfig(name=APPLICATION, system_database_url=url, executor_id=slot, log_level="WARNING"))


def launch(slot: str) -> None:
    """Launch DBOS; must be called where an event loop runs, on which workflows then run."""
    DBOS.listen_queues([queue_of(slot)])
    DBOS.launch()


async def shut_down() -> None:
    """Stop DBOS and its threads, and give the loop its own executor back."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def destroy() -> None:
        DBOS.destroy(destroy_registry=True)
        loop.call_soon_threadsafe(done.set)

    # Not on the loop's executor: that is DBOS's own, and it is about to be shut down.
    Thread(target=destroy, name="eaa-dbos-shutdown").start()
    await done.wait()
    loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="eaa-default"))


def _silence() -> None:
    """Keep DBOS's own log lines off standard error; a handler added to the logger `dbos` still gets them."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = False


def _open_sqlite(url: str) -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(url)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # DBOS begins its transactions this way itself when it makes the engine.
    connection.isolation_level = "IMMEDIATE"
    # A step that is lost with the machine's power runs again; the ledger, which syncs fully, keeps its effects single.
    pragmas = (f"busy_timeout = {_BUSY_MS}", "journal_mode = wal", "synchronous = normal", "foreign_keys = on")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
