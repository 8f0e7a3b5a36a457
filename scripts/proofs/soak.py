"""Random faults for some minutes: every call answered once or failed with a typed error, and nothing left behind."""

import asyncio
import gc
import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.fault_soak import Soaked, soak

CALLERS = 16
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_MOST_DRIFT_BYTES = 8_000_000
"""Answers of 300 KB among the faults leave gaps in the heap; a leak of one object a call would show as far more."""
_WARM_PART = 5
"""What the first fifth takes is warming up: code, connections, pools."""


@dataclass
class _Gauge:
    """Memory and open files while a soak goes on."""

    warm_at_s: float
    files_before: int
    warm_bytes: int = 0
    warm_at_call: int = 0

    def look(self, call: int) -> None:
        if not self.warm_bytes and time.monotonic() >= self.warm_at_s:
            self.warm_bytes, self.warm_at_call = _resident_bytes(), call


@dataclass(frozen=True)
class SoakReport:
    """What was found."""

    figures: tuple[str, ...]
    wrongs: tuple[str, ...]
    lines: tuple[str, ...]
    """A table in Markdown: how many calls ended how."""


def soak_for(seconds: float, seed: int) -> SoakReport:
    """Soak for so long and return what was found."""
    now_s = time.monotonic()
    gauge = _Gauge(now_s + seconds / _WARM_PART, _open_files())
    ends_at_s = now_s + seconds
    soaked = asyncio.run(
        soak(callers=CALLERS, seed=seed, goes_on=lambda _: time.monotonic() < ends_at_s, looked_at=gauge.look)
    )
    gc.collect()
    drift_bytes = _resident_bytes() - gauge.warm_bytes
    files = _open_files() - gauge.files_before
    wrongs = list(soaked.wrongs)
    if soaked.outcomes.total() != soaked.calls:
        wrongs.append(f"{soaked.calls} calls have {soaked.outcomes.total()} ends")
    if files > 0:
        wrongs.append(f"{files} more files or sockets are open than before")
    if drift_bytes > _MOST_DRIFT_BYTES:
        wrongs.append(f"memory grew by {drift_bytes} bytes")
    figures = (
        f"Seed: {seed}",
        f"Seconds: {seconds:g}",
        f"Callers: {CALLERS}",
        f"Calls: {soaked.calls}",
        f"Faults: {soaked.faults.total()} of {len(soaked.faults)} kinds",
        f"Memory drift: {drift_bytes / 1e6:.1f} MB over the last {soaked.calls - gauge.warm_at_call} calls",
        f"Files and sockets left open: {max(files, 0)}",
        f"Wrong: {len(wrongs)}",
    )
    return SoakReport(figures, tuple(wrongs), _table(soaked))


def _table(soaked: Soaked) -> tuple[str, ...]:
    rows = (f"| {outcome} | {count} |" for outcome, count in soaked.outcomes.most_common())
    return ("| End | Calls |", "| --- | ---: |", *rows)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
