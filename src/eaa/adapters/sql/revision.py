"""The revision of a SQLite file, read with the standard library alone: a look costs no import and takes no lock."""

import sqlite3
from contextlib import closing
from pathlib import Path

from eaa.domain.errors import DatabaseUnreachable

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0012")
"""Every revision this version knows, oldest first. Constants, so that a look at a database need not load Alembic."""
HEAD = REVISIONS[-1]


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
