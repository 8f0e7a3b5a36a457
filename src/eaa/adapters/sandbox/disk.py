"""Watches how much a command writes into its workspace."""

import os
import sys
import time
from pathlib import Path

_INODES = 200_000
# The clock that file times are taken from on Linux (CLOCK_REALTIME_COARSE); `time` has no name for it.
_COARSE_CLOCK = 5
_QUICK_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
_SHARE_OF_TIME = 4


class DiskWatch:
    """Adds up what was written since it was made, by the change times that a program cannot forge.

    The folder is walked only when the disk lost a good part of the allowance, and every two seconds at the latest;
    walking never takes more than a fifth of the time.
    """

    def __init__(self, root: Path, *, limit_bytes: int) -> None:
        self._root = root
        self._limit_bytes = limit_bytes
        self._since_ns = time.clock_gettime_ns(_COARSE_CLOCK) if sys.platform == "linux" else time.time_ns()
        self._free_at_walk = _free(root)
        self._next_look = time.monotonic() + _QUICK_PAUSE_S
        self._next_walk = time.monotonic() + _LONGEST_PAUSE_S

    def is_exceeded(self) -> bool:
        """Return whether more than the limit was written, or far too many files; cheap enough to ask often."""
        now = time.monotonic()
        if now < self._next_look:
            return False
        self._next_look = now + _QUICK_PAUSE_S
        if now < self._next_walk and not self._disk_shrank():
            return False
        written_bytes, files = self._written()
        took_s = time.monotonic() - now
        self._next_look = time.monotonic() + max(_QUICK_PAUSE_S, _SHARE_OF_TIME * took_s)
        self._next_walk = time.monotonic() + max(_LONGEST_PAUSE_S, _SHARE_OF_TIME * took_s)
        self._free_at_walk = _free(self._root)
        return written_bytes > self._limit_bytes or files > _INODES

    def _disk_shrank(self) -> bool:
        free_bytes, free_files = _free(self._root)
        was_bytes, was_files = self._free_at_walk
        return was_bytes - free_bytes > self._limit_bytes // 8 or was_files - free_files > _INODES // 8

    def _written(self) -> tuple[int, int]:
        written_bytes = files = 0
        waiting = [str(self._root)]
        while waiting:
            try:
                with os.scandir(waiting.pop()) as entries:
                    for entry in entries:
                        try:
                            status = entry.stat(follow_symlinks=False)
                            if entry.is_dir(follow_symlinks=False):
                                waiting.append(entry.path)
                        except OSError:
                            continue
                        if status.st_ctime_ns > self._since_ns:
                            files += 1
                            written_bytes += status.st_blocks * 512
                        if files > _INODES:
                            return written_bytes, files
            except OSError:
                continue
        return written_bytes, files


def _free(root: Path) -> tuple[int, int]:
    try:
        status = os.statvfs(root)
    except OSError:
        return 0, 0
    return status.f_bavail * status.f_frsize, status.f_favail
