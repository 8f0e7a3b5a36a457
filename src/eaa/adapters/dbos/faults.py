"""What DBOS records of an error, and the database's errors as ours."""

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError

from eaa.domain.error_facts import facts_of
from eaa.domain.errors import DatabaseUnreachable, DiskFull, EaaError


class NotRecorded(BaseException):
    """Carries a fault of the database past DBOS, which would otherwise record it as the outcome of the workflow."""


def recorded_facts(error: Exception) -> dict[str, Any]:
    """Return the facts of an error that DBOS shall record.

    Raises:
        NotRecorded: The error says that the workflow database itself failed.
    """
    if isinstance(error, DBAPIError):
        raise NotRecorded from error
    return facts_of(error)


def storage_fault(error: DBAPIError) -> EaaError:
    """Return in our words why DBOS could not read or record something."""
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return DiskFull(path="the workflow database")
    return DatabaseUnreachable(database="of the workflows", because=str(error.orig).strip())
