"""Finds what a workspace's files differ in from their commit, without trusting anything in the workspace.

The files are walked and hashed by us; git is only asked which new ones are ignored, and only after nothing is left
that it could stumble over. Git never runs inside the workspace's own repository.
"""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from eaa.adapters.git.beneath import read_beneath
from eaa.adapters.git.safe_paths import is_git_folder_name, leaves_tree
from eaa.adapters.git.trees import decode_path, encode_path
from eaa.domain.errors import UnsafeTree
from eaa.domain.repository import FileChange, FileMode, TreeEntry
from eaa.kit.digest import git_blob_hash

LARGEST_FILE_BYTES = 50_000_000
"""A new or changed file beyond this is not taken across the border."""

Signature = tuple[int, int, int, int, int]
"""Mode, size, change and modification time, inode: the same as before means that the file is the same."""


@dataclass(slots=True)
class Found:
    """What a walk over a workspace met."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    """Regular files and symlinks."""
    strange: dict[str, str] = field(default_factory=dict)
    """Path → what is wrong with it: nested repositories, devices, sockets, pipes."""
    new_folders: list[str] = field(default_factory=list)
    """Folders without any file of the commit; not entered."""


def walk(root: Path, start: str, *, known_folders: frozenset[str] | None = None) -> Found:
    """Walk the folder `start` (`""` for the root); with known folders given, do not enter others."""
    found = Found()
    waiting = [start]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(_absolute(root, folder)) as scanned:
                entries = [(decode_path(entry.name), entry.stat(follow_symlinks=False)) for entry in scanned]
        except OSError as error:
            # A command took the right to enter it away, or made it too deep.
            found.strange[folder or "."] = f"it cannot be entered ({error.strerror})"
            continue
        for name, status in entries:
            path = f"{folder}/{name}" if folder else name
            if path == ".git":
                continue
            if is_git_folder_name(name):
                found.strange[path] = "it is a nested repository"
            elif stat.S_ISDIR(status.st_mode):
                is_known = known_folders is None or path in known_folders
                (waiting if is_known else found.new_folders).append(path)
            elif stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
                found.files[path] = status
            else:
                found.strange[path] = "it is a device, a socket or a pipe"
    return found


def signature(status: os.stat_result) -> Signature:
    """Return what tells whether a file was touched."""
    return (status.st_mode, status.st_size, status.st_ctime_ns, status.st_mtime_ns, status.st_ino)


def folders_of(paths: Iterable[str]) -> frozenset[str]:
    """Return every folder that a path lies in."""
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(folders)


def tracked_change(root: Path, entry: TreeEntry, status: os.stat_result | None) -> FileChange | None:
    """Return the change of a file of the commit, or None when it is as it was.

    Raises:
        UnsafeTree: It became something that cannot be taken.
    """
    if status is None:
        return FileChange(entry.path, None)
    change = new_file(root, entry.path, status)
    is_same = change.mode is entry.mode and git_blob_hash(change.content or b"") == entry.blob
    return None if is_same else change


def new_file(root: Path, path: str, status: os.stat_result) -> FileChange:
    """Return a file or symlink of the workspace with its content.

    Raises:
        UnsafeTree: It is too large, is no longer what it was a moment ago, or is a link that leaves the tree.
    """
    if stat.S_ISLNK(status.st_mode):
        target = os.readlink(_absolute(root, path))  # noqa: PTH115 - bytes
        return FileChange(path, target, FileMode.SYMLINK)
    if status.st_size > LARGEST_FILE_BYTES:
        raise UnsafeTree(path=path, because=f"it is larger than {LARGEST_FILE_BYTES} bytes")
    try:
        content = read_beneath(root, path, limit_bytes=LARGEST_FILE_BYTES)
    except OSError as error:
        raise UnsafeTree(path=path, because=f"it cannot be read: {error.strerror}") from error
    mode = FileMode.EXECUTABLE if status.st_mode & stat.S_IXUSR else FileMode.REGULAR
    return FileChange(path, content, mode)


def check_link(change: FileChange) -> FileChange:
    """Return the change when it is no link, or one that stays in the tree.

    Raises:
        UnsafeTree: It is a link that leaves the tree or enters its `.git`.
    """
    is_link = change.mode is FileMode.SYMLINK and change.content is not None
    if is_link and leaves_tree(change.path, decode_path(change.content or b"")):
        raise UnsafeTree(path=change.path, because="it is a link that leaves the repository")
    return change


def _absolute(root: Path, path: str) -> bytes:
    return os.fsencode(root) + b"/" + encode_path(path)
