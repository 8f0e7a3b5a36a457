"""Counts who changed which files, from one walk over the last commits."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from eaa.adapters.git.trees import decode_path
from eaa.domain.repository import FileHistory

LOG_FORMAT = ("--format=%x01%an%x01%ct", "--name-only", "-z", "--no-renames")
"""What `parse_histories` reads."""
_COMMIT = re.compile(rb"\x01([^\x01]*)\x01(\d+)")


def parse_histories(log: bytes, paths: Sequence[str]) -> tuple[FileHistory, ...]:
    """Return the history of each path, in order, from the output of `git log`."""
    authors: defaultdict[str, Counter[str]] = defaultdict(Counter)
    last_changed: dict[str, datetime] = {}
    wanted = set(paths)
    author, changed_at = "", datetime.fromtimestamp(0, UTC)
    for field in log.split(b"\0"):
        if (match := _COMMIT.fullmatch(field)) is not None:
            author = match[1].decode(errors="replace")
            changed_at = datetime.fromtimestamp(int(match[2]), UTC)
            continue
        # A commit's first path follows an empty line.
        path = decode_path(field.removeprefix(b"\n"))
        if path in wanted:
            authors[path][author] += 1
            last_changed[path] = max(changed_at, last_changed.get(path, changed_at))
    return tuple(_history(path, authors[path], last_changed.get(path)) for path in paths)


def _history(path: str, authors: Counter[str], last_changed_at: datetime | None) -> FileHistory:
    names = tuple(name for name, _ in authors.most_common())
    return FileHistory(path, authors.total(), names, last_changed_at)
