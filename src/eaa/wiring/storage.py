"""Where the records of an installation are."""

from eaa.adapters.sql.engine import sqlite_address
from eaa.domain.shard import MAIN
from eaa.settings import DATABASE_FILE, Settings


def database_url(settings: Settings) -> str:
    """Return the address of the database with the records."""
    return settings.database_url or sqlite_address(settings.home / DATABASE_FILE)


def redis_prefix(settings: Settings) -> str:
    """Return what keys in Redis begin with: shards may share one, and nothing of each other's."""
    return "eaa:" if settings.shard == MAIN else f"eaa:{settings.shard}:"
