"""The revision of a SQLite file, read with the standard library alone: a look costs no import and takes no lock."""

import sqlite3
from contextlib import closing
from pathlib import Path

from eaa.domain.errors import DatabaseUnreachable

REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
)
"""Every revision this version knows, oldest first. Constants, so that a look at a database need not load Alembic."""
HEAD = REVISIONS[-1]
_LOST = {
    "0001": "everything",
    "0002": "budgets, usage of models, kept answers and stored keys of providers",
    "0003": "conversations with models, so that runs on their way begin them again",
    "0004": "what people told runs",
    "0005": "the origin of effects and events",
    "0006": "the priority of runs",
    "0007": "the queues of the roles and which processes work",
    "0008": "how far readers of events are, what they could not deal with, and counts of events",
    "0009": "commits of runs that only another host has",
    "0010": "the audit log",
    "0011": "nothing but an index",
    "0012": "replies to requests with an idempotency key, and whose turn it is to forget old ones",
    "0013": "which parts are switched off: all are on again",
    "0014": "when blobs were last put",
    "0015": "nothing but an index",
    "0016": "which calls have to be worked on alone, and how often their processes were gone",
}
"""What has no place before a revision."""


def what_is_lost(revision: str) -> str:
    """Return in words what a step back from a revision throws away."""
    return _LOST[revision]


def revision_of_file(path: Path) -> str | None:
    """Return the revision of a SQLite database; None when there is no file or it was never migrated.

    Raises:
        DatabaseUnreachable: It cannot be read, or is no SQLite database.
    """
    if not path.exists():
        return None
    try:
        # Not read-only: what a process that was killed left half done must be rolled back before anyone can read.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            tables = "SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'"
            if connection.execute(tables).fetchone() is None:
                return None
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise DatabaseUnreachable(database=str(path), because=str(error)) from error
    return None if row is None else str(row[0])
