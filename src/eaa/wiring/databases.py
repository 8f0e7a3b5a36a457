"""The database as a process sees it: one pool for each address, whoever asks for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from eaa.adapters.files.blobs import FileBlobs
from eaa.adapters.sql.database import Database
from eaa.adapters.sql.engine import database_name, open_engine, sqlite_file
from eaa.adapters.sql.store import SqlStore
from eaa.domain.errors import InvalidRequest
from eaa.ports.blobs import Blobs
from eaa.ports.store import Store
from eaa.settings import Settings
from eaa.wiring.storage import database_url


@dataclass(slots=True)
class _Pool:
    engine: Database
    users: int = 0


@dataclass(frozen=True, slots=True)
class ReplicaNews:
    """How replicas are."""

    fault: Callable[[], Awaitable[str | None]]
    reads: Callable[[], Mapping[str, int]]
    """Transactions by where they were read."""


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
        has_pooler = settings.database_direct_url not in (None, url)
        engine = open_engine(url, connections=settings.database_pool, keeps_sessions=not has_pooler)
        open_here[url] = _Pool(engine)
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
async def open_views(settings: Settings, store: Store) -> AsyncIterator[tuple[Store, ReplicaNews | None]]:
    """Open a store for what only looks: on the replicas of the settings, or the given store when there are none.

    Raises:
        InvalidRequest: Replicas are named and the database is SQLite, or an address is none of Postgres.
    """
    urls = [url.strip() for url in (settings.read_database_urls or "").split(",") if url.strip()]
    if not urls:
        yield store, None
        return
    hint = "Name streaming replicas of EAA_DATABASE_URL as postgresql://… addresses, or leave the setting out."
    if sqlite_file(database_url(settings)) is not None or any(not url.startswith("postgres") for url in urls):
        raise InvalidRequest("EAA_READ_DATABASE_URLS names what is no replica of a Postgres", hint=hint)
    # Loaded where it is used: without replicas nobody needs the driver.
    from sqlalchemy.ext.asyncio import AsyncEngine

    from eaa.adapters.sql.reading_store import ReadingStore, Replica

    async with AsyncExitStack() as stack:
        primary = await stack.enter_async_context(open_database(settings))
        assert isinstance(primary, AsyncEngine)
        replicas = []
        for url in urls:
            engine = open_engine(url, connections=settings.database_pool)
            assert isinstance(engine, AsyncEngine)
            stack.push_async_callback(engine.dispose)
            replicas.append(Replica(database_name(url), engine))
        reading = ReadingStore(primary, replicas, name=database_name(database_url(settings)))

        async def fault() -> str | None:
            return f"no answer from {', '.join(reading.away)}" if reading.away else None

        yield reading, ReplicaNews(fault, lambda: {"replica": reading.on_replicas, "primary": reading.on_primary})


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
