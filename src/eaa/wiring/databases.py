"""The database as a process sees it: one pool for each address, whoever asks for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from eaa.adapters.files.blobs import FileBlobs
from eaa.adapters.sql.database import Database
from eaa.adapters.sql.engine import database_name, open_engine, sqlite_file
from eaa.adapters.sql.store import SqlStore
from eaa.ports.blobs import Blobs
from eaa.settings import Settings
from eaa.wiring.storage import database_url


@dataclass(slots=True)
class _Pool:
    engine: Database
    users: int = 0


# A connection belongs to the loop that opened it.
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Pool]] = WeakKeyDictionary()


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database of the settings; a Postgres that is open in this loop already is shared.

    The last block to end closes the connections. SQLite is opened each time: it is one connection to a file.
    """
    url = database_url(settings)
    if sqlite_file(url) is not None:
        engine = open_engine(url)
        try:
            yield engine
        finally:
            await engine.dispose()
        return
    open_here = _pools.setdefault(asyncio.get_running_loop(), {})
    if url not in open_here:
        open_here[url] = _Pool(open_engine(url, connections=settings.database_pool))
    pool = open_here[url]
    pool.users += 1
    try:
        yield pool.engine
    finally:
        pool.users -= 1
        if pool.users == 0:
            del open_here[url]
            await pool.engine.dispose()


@asynccontextmanager
async def open_own_store(settings: Settings) -> AsyncIterator[SqlStore]:
    """Open the store of a migrated database, on the pool of this process."""
    async with open_database(settings) as engine:
        yield SqlStore(engine, name=database_name(database_url(settings)))


@asynccontextmanager
async def open_blobs(settings: Settings) -> AsyncIterator[Blobs]:
    """Open the blobs: files below EAA_HOME, or rows of Postgres, where processes on other machines find them too."""
    url = database_url(settings)
    if sqlite_file(url) is not None:
        yield FileBlobs(settings.home / "blobs")
        return
    # Loaded where it is used: files do without.
    from eaa.adapters.sql.blobs import SqlBlobs

    async with open_database(settings) as engine:
        yield SqlBlobs(engine, name=database_name(url))
