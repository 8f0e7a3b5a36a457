"""Where records and blobs of an installation are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eaa.adapters.files.blobs import FileBlobs
from eaa.adapters.sql.engine import database_name, open_engine, sqlite_address, sqlite_file
from eaa.ports.blobs import Blobs
from eaa.settings import DATABASE_FILE, Settings


def database_url(settings: Settings) -> str:
    """Return the address of the database with the records."""
    return settings.database_url or sqlite_address(settings.home / DATABASE_FILE)


@asynccontextmanager
async def open_blobs(settings: Settings) -> AsyncIterator[Blobs]:
    """Open the blobs: files below EAA_HOME, or rows of Postgres, where processes on other machines find them too."""
    url = database_url(settings)
    if sqlite_file(url) is not None:
        yield FileBlobs(settings.home / "blobs")
        return
    # Loaded where it is used: files do without.
    from eaa.adapters.sql.blobs import SqlBlobs

    engine = open_engine(url)
    try:
        yield SqlBlobs(engine, name=database_name(url))
    finally:
        await engine.dispose()
