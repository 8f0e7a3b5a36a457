"""Removes a folder that untrusted code has filled: of any depth, and with permissions taken away."""

import os
import stat
from pathlib import Path
from uuid import uuid4

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(folder: Path) -> None:
    """Remove a folder with all it holds. Nobody may write below it any more.

    Folders are moved up one after another, so neither a path nor the stack grows with the depth.

    Raises:
        OSError: Something is not ours to remove. The rest may be gone.
    """
    folder.chmod(0o700)
    top = os.open(folder, _FOLDER)
    try:
        while names := os.listdir(top):  # noqa: PTH208 - a descriptor
            for name in names:
                _remove_entry(top, name)
    finally:
        os.close(top)
    folder.rmdir()


def _remove_entry(top: int, name: str) -> None:
    if _is_unlinked(top, name):
        return
    os.chmod(name, 0o700, dir_fd=top)
    inner = os.open(name, _FOLDER, dir_fd=top)
    try:
        for below in os.listdir(inner):  # noqa: PTH208 - a descriptor
            if not _is_unlinked(inner, below):
                # To move a folder one must be allowed to write into it: its `..` changes.
                os.chmod(below, 0o700, dir_fd=inner)
                os.rename(below, uuid4().hex, src_dir_fd=inner, dst_dir_fd=top)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)


def _is_unlinked(folder: int, name: str) -> bool:
    """Unlink a name that is no folder; return False for a folder."""
    try:
        os.unlink(name, dir_fd=folder)
    except (IsADirectoryError, PermissionError):
        # A folder is told by the one on Linux, by the other elsewhere.
        if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise
        return False
    return True
