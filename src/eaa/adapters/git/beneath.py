"""Reads and writes files beneath a folder that untrusted code has written to. Nothing here ever leaves the folder.

Source: openat2(2), RESOLVE_BENEATH. Opening never blocks, and only regular files are read.
"""

import ctypes
import errno
import os
import stat
import struct
from functools import cache
from pathlib import Path
from uuid import uuid4

from eaa.domain.errors import UnsafeTree
from eaa.domain.repository import FileMode

_OPENAT2 = 437
_RESOLVE_NO_MAGICLINKS, _RESOLVE_BENEATH = 0x02, 0x08
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def open_beneath(root: Path, path: str) -> int:
    """Open a file for reading; links are followed only while they stay beneath the root.

    Raises:
        OSError: There is nothing, or the way leaves the root.
    """
    folder = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        how = struct.pack("<QQQ", _READ, 0, _RESOLVE_BENEATH | _RESOLVE_NO_MAGICLINKS)
        descriptor = int(_libc().syscall(_OPENAT2, folder, os.fsencode(path), how, len(how)))
        if descriptor >= 0:
            return descriptor
        number = ctypes.get_errno()
        if number in (errno.ENOSYS, errno.EPERM):
            return _open_without_links(folder, path)
        raise OSError(number, os.strerror(number), path)
    finally:
        os.close(folder)


def _open_without_links(root: int, path: str) -> int:
    """For kernels and containers without openat2: every link on the way is refused."""
    *folders, name = path.split("/")
    current = os.dup(root)
    try:
        for part in folders:
            if part == "..":
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), path)
            following = os.open(part, _FOLDER, dir_fd=current)
            os.close(current)
            current = following
        return os.open(name, _READ | os.O_NOFOLLOW, dir_fd=current)
    finally:
        os.close(current)


def read_beneath(root: Path, path: str, *, limit_bytes: int) -> bytes:
    """Return the first bytes of a regular file.

    Raises:
        OSError: There is no regular file.
    """
    descriptor = open_beneath(root, path)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        return file.read(limit_bytes)


def write_beneath(root: Path, path: str, content: bytes | None, mode: FileMode) -> None:
    """Write, link or remove one file. Folders are made as needed and belong to the owner of the root.

    Raises:
        UnsafeTree: A link stands on the way.
        OSError: The disk refused.
    """
    *folders, name = path.split("/")
    owner = os.lstat(root)
    current = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            if content is None and not _exists(part, current):
                return
            following = _enter(part, current, owner, path)
            os.close(current)
            current = following
        _replace(name, current, content, mode, owner, path)
    finally:
        os.close(current)


def _exists(name: str, folder: int) -> bool:
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _enter(name: str, folder: int, owner: os.stat_result, path: str) -> int:
    if not _exists(name, folder):
        os.mkdir(name, 0o755, dir_fd=folder)
        _give(name, folder, owner)
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise UnsafeTree(path=path, because="a link or a file stands on the way") from error
        raise


def _replace(name: str, folder: int, content: bytes | None, mode: FileMode, owner: os.stat_result, path: str) -> None:
    if content is None:
        if _exists(name, folder):
            _unlink(name, folder, path)
        return
    temporary = f".eaa-{uuid4().hex}"
    if mode is FileMode.SYMLINK:
        os.symlink(content, temporary, dir_fd=folder)
    else:
        permissions = 0o755 if mode is FileMode.EXECUTABLE else 0o644
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, permissions, dir_fd=folder)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, permissions)
            file.write(content)
    _give(temporary, folder, owner)
    try:
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except IsADirectoryError as error:
        os.unlink(temporary, dir_fd=folder)
        raise UnsafeTree(path=path, because="a folder is there") from error


def _unlink(name: str, folder: int, path: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except IsADirectoryError as error:
        raise UnsafeTree(path=path, because="a folder is there") from error


def _give(name: str, folder: int, owner: os.stat_result) -> None:
    if os.geteuid() == 0:
        os.chown(name, owner.st_uid, owner.st_gid, dir_fd=folder, follow_symlinks=False)
