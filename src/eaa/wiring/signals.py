"""Which kind of signals an installation has."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eaa.adapters.files.signals import FileSignals
from eaa.ports.signals import Signals
from eaa.settings import Settings
from eaa.wiring.slots import direct_url


@asynccontextmanager
async def open_signals(settings: Settings) -> AsyncIterator[Signals]:
    """Open the knocks between processes on the same database."""
    url = direct_url(settings)
    if url is None:
        yield FileSignals(settings.home)
        return
    # Loaded where it is used: SQLite does without the driver.
    from eaa.adapters.sql.signals import open_postgres_signals

    async with open_postgres_signals(url) as signals:
        yield signals
