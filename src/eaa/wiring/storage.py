"""Where the records of an installation are."""

from eaa.adapters.sql.engine import sqlite_address
from eaa.settings import DATABASE_FILE, Settings


def database_url(settings: Settings) -> str:
    """Return the address of the database with the records."""
    return settings.database_url or sqlite_address(settings.home / DATABASE_FILE)
