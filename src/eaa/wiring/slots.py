"""Which kind of slots an installation has."""

from collections.abc import Callable

from eaa.adapters.files.slots import FileSlots
from eaa.ports.slots import Slots
from eaa.settings import Settings


def direct_url(settings: Settings) -> str | None:
    """Return the address of Postgres for locks and notifications; None when the database is SQLite."""
    url = settings.database_url
    if url is None or not url.startswith("postgresql"):
        return None
    return settings.database_direct_url or url


def slots_of(settings: Settings, *, lost: Callable[[str], None] | None = None) -> Slots:
    """Return locks that every process on the same database sees: files on one machine, or the locks of Postgres.

    Args:
        settings: Where everything is.
        lost: Told when a slot that is held here was given to somebody else after the database had been away.
    """
    url = direct_url(settings)
    if url is None:
        return FileSlots(settings.home / "slots")
    # Loaded where it is used: SQLite does without the driver.
    from eaa.adapters.sql.slots import PostgresSlots

    return PostgresSlots(url, lost=lost)
