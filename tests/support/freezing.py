"""Moments at which a process may be frozen: one that is frozen in the middle of a write keeps SQLite's lock."""

import sqlite3
from contextlib import closing
from pathlib import Path

from eaa.settings import DATABASE_FILE

WORKFLOWS_FILE = "workflows.sqlite"


def is_free(home: Path) -> bool:
    """Return whether nobody is in the middle of a write to the files of SQLite."""
    return all(_is_free_file(home / name) for name in (DATABASE_FILE, WORKFLOWS_FILE))


def _is_free_file(file: Path) -> bool:
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as lite:
        try:
            lite.execute("BEGIN IMMEDIATE")
            lite.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
    return True
