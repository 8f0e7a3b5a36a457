"""Measures what a sandbox adds to a command, beside the same command without one, in the same run."""

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from eaa.domain.command import Command, Limits
from eaa.ports.sandbox import Sandbox

_FILES = 500
_LIMITS = Limits(wall_s=60)


@dataclass(frozen=True, slots=True)
class Durations:
    """Wall time of one command, in milliseconds."""

    p50_ms: float
    p90_ms: float


@dataclass(frozen=True, slots=True)
class SandboxBench:
    """Figures of one run, everything interleaved: first one without the sandbox, then one with, and again."""

    kind: str
    runs: int
    is_root: bool
    bare: Durations
    """`true`, started directly."""
    sandboxed: Durations
    """`true` in the sandbox, in a workspace of 500 files."""
    overhead_p50_ms: float
    """Median of the differences of neighbours."""
    output_mib_per_s: float
    """How fast a command's output is taken in."""


async def bench_sandbox(sandbox: Sandbox, *, runs: int = 30) -> SandboxBench:
    """Run the measurements, which take about `runs` / 20 seconds.

    Raises:
        SandboxUnavailable: The sandbox does not work.
    """
    with tempfile.TemporaryDirectory(prefix="eaa-bench-") as folder:
        root = Path(folder)
        for number in range(_FILES):
            (root / f"file{number}").write_text("x\n")

        async def sandboxed() -> object:
            return await sandbox.run(Command(("true",), limits=_LIMITS), root=root)

        # The first one of each is not counted: caches fill, and root's workspace changes hands.
        await _seconds(_bare), await _seconds(sandboxed)
        pairs = [(await _seconds(_bare), await _seconds(sandboxed)) for _ in range(max(runs, 2))]
        rate = await _output_rate(sandbox, root)
    return SandboxBench(
        kind=sandbox.kind,
        runs=len(pairs),
        is_root=os.geteuid() == 0,
        bare=_durations([bare for bare, _ in pairs]),
        sandboxed=_durations([inside for _, inside in pairs]),
        overhead_p50_ms=_durations([inside - bare for bare, inside in pairs]).p50_ms,
        output_mib_per_s=round(rate, 1),
    )


async def _bare() -> object:
    process = await asyncio.create_subprocess_exec(
        "true", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    return await process.communicate()


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


async def _output_rate(sandbox: Sandbox, root: Path) -> float:
    mebibytes = 50
    command = Command(("head", "-c", str(mebibytes << 20), "/dev/zero"), limits=_LIMITS)
    result = await sandbox.run(command, root=root)
    return mebibytes / result.duration_s


def _durations(seconds: Sequence[float]) -> Durations:
    tenths = quantiles(seconds, n=10, method="inclusive")
    return Durations(p50_ms=round(tenths[4] * 1000, 2), p90_ms=round(tenths[8] * 1000, 2))
