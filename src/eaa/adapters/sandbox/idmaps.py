"""As root: shows a folder as if what its owner owns were owned by another uid, without changing anything on disk.

Source: Linux, `Documentation/filesystems/idmappings.rst`; below overlays since 5.19.
"""

import ctypes
import os
import subprocess
from functools import cache
from pathlib import Path

from eaa.adapters.sandbox.kernel import call

_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_AT_FDCWD, _AT_EMPTY_PATH = -100, 0x1000
_OPEN_TREE_CLONE, _OPEN_TREE_CLOEXEC = 1, os.O_CLOEXEC
_MOVE_MOUNT_F_EMPTY_PATH = 4
_MOUNT_ATTR_IDMAP = 0x00100000


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def mount_as_owned_by(source: Path, target: Path, *, uid: int) -> None:
    """Mount `source` at `target` in the calling thread's mount namespace, its owner's files shown as those of `uid`.

    Raises:
        OSError: The kernel or the file system cannot.
    """
    status = source.stat()
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC
    tree = call(_OPEN_TREE, _AT_FDCWD, os.fsencode(source), flags, about=str(source))
    try:
        attributes = _MountAttributes(attr_set=_MOUNT_ATTR_IDMAP, userns_fd=_namespace(status.st_uid, uid))
        size = ctypes.sizeof(attributes)
        call(_MOUNT_SETATTR, tree, b"", _AT_EMPTY_PATH, ctypes.byref(attributes), size, about=str(source))
        call(_MOVE_MOUNT, tree, b"", _AT_FDCWD, os.fsencode(target), _MOVE_MOUNT_F_EMPTY_PATH, about=str(target))
    finally:
        os.close(tree)


@cache
def _namespace(owner: int, uid: int) -> int:
    """Return a user namespace, kept for the life of this process, that maps the owner's ids to those of `uid`."""
    with subprocess.Popen(
        ["unshare", "--user", "sh", "-c", "echo; read -r _"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/"
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{holder.pid}/{name}").write_text(f"{owner} {uid} 1")
        return os.open(f"/proc/{holder.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
