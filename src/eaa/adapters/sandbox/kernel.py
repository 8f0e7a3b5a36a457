"""The few Linux calls that Python has no function for."""

import ctypes
import os
import platform
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

CLONE_NEWNS = 0x00020000
MS_RDONLY, MS_NOSUID, MS_NODEV = 1, 2, 4
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
# Machine → numbers of setgroups, setresgid, setresuid. The C library's functions of these names change all threads.
_IDENTITY_CALLS = {"x86_64": (116, 119, 117), "aarch64": (159, 149, 147)}


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Move the calling thread, and no other, into new namespaces.

    Raises:
        OSError: The kernel refused.
    """
    _check(_libc().unshare(flags), "unshare")


def mount(source: str, target: str, *, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount something in the mount namespace of the calling thread.

    Raises:
        OSError: The kernel refused.
    """
    result = _libc().mount(
        os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode() or None
    )
    _check(result, target)


def call(number: int, *arguments: object, about: str) -> int:
    """Make a system call by its number and return its answer.

    Raises:
        OSError: The kernel refused.
    """
    # A bare integer would be cut to 32 bits.
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result: int = _libc().syscall(ctypes.c_long(number), *words)
    _check(min(result, 0), about)
    return result


def can_be_another_user() -> bool:
    """Return whether `as_another_user` works on this processor."""
    return platform.machine() in _IDENTITY_CALLS


@contextmanager
def as_another_user(uid: int) -> Iterator[None]:
    """Make the calling thread, and no other, a user without groups while the block runs; needs root.

    A program started meanwhile is that user for good: what allows us to come back ends with exec.

    Raises:
        OSError: The kernel refused. Then the thread is what it was, or must be ended.
    """
    set_groups, set_gid, set_uid = _IDENTITY_CALLS[platform.machine()]
    uids, gids, groups = os.getresuid(), os.getresgid(), os.getgroups()
    try:
        _set_groups(set_groups, [])
        _check(_libc().syscall(set_gid, uid, uid, uid), "setresgid")
        _check(_libc().syscall(set_uid, uid, uid, 0), "setresuid")
        yield
    finally:
        # The uid first: with it comes the right to the others.
        _check(_libc().syscall(set_uid, *uids), "setresuid")
        _check(_libc().syscall(set_gid, *gids), "setresgid")
        _set_groups(set_groups, groups)


def _set_groups(number: int, groups: list[int]) -> None:
    _check(_libc().syscall(number, len(groups), (ctypes.c_uint32 * len(groups))(*groups)), "setgroups")


def kill_by_descriptor(descriptor: int) -> None:
    """Kill the process behind a pidfd; one that is gone already is fine."""
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except ProcessLookupError:
        return


def _check(result: int, about: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), about)
