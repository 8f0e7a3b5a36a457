"""Folders and files that only their owner may read, whatever the umask says."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_OTHERS = 0o077


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone; one that is there stays as it is.

    Raises:
        OSError: It cannot be made, or something else is there.
    """
    if folder.is_dir():
        return
    # `mkdir(parents=True)` would give its mode to the last one only.
    make_private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def make_private_file(file: Path, *, beside: Sequence[str] = ()) -> None:
    """Let only the owner read and write a file: it is made, empty, when it is not there. One of others stays theirs.

    Nothing is raised: whoever opens the file next says what is wrong with it.

    Args:
        file: The file.
        beside: Endings of the names of files that belong to it, `-wal`; those that are there are mended too.
    """
    # Never opens one that is there: closing it would give back the locks that this process holds on it elsewhere.
    with suppress(OSError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    for name in ("", *beside):
        with suppress(OSError):
            _take_from_others(file.with_name(file.name + name))


def _take_from_others(file: Path) -> None:
    found = file.stat()
    if found.st_uid == os.geteuid() and found.st_mode & _OTHERS:
        file.chmod(found.st_mode & 0o700)
