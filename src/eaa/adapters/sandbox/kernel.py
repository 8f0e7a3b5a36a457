"""The few Linux calls that Python has no function for."""

import ctypes
import os
import signal
from functools import cache

CLONE_NEWNS = 0x00020000
MS_RDONLY, MS_NOSUID, MS_NODEV = 1, 2, 4
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18


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
