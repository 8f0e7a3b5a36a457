"""Time limits for code that may never end."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Callable


class OutOfTime(BaseException):
    """The limit passed. Not an `Exception`, so that ordinary handlers let it through."""


@dataclass(frozen=True)
class Limit:
    """Processor seconds, robust on a busy machine, and wall seconds for code that waits."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class Timed:
    """How a limited call ended."""

    outcome: str
    """`passed`, `failed`, `skipped` or `timed out`."""
    seconds: float


def limit_for(seconds: float) -> Limit:
    """Return a limit around a number of processor seconds."""
    return Limit(cpu_s=seconds, wall_s=2 * seconds + 1.0)


def timed(call: Callable[[], str], limit: Limit) -> Timed:
    """Run a call that returns an outcome; whatever it raises is a failure."""
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, _ring)
    started = time.perf_counter()
    outcome = "timed out"
    try:
        # The timers repeat, because a bare `except` may swallow the first ring.
        signal.setitimer(signal.ITIMER_REAL, limit.wall_s, 0.3)
        signal.setitimer(signal.ITIMER_PROF, limit.cpu_s, 0.1)
        outcome = call()
    except OutOfTime:
        pass
    except BaseException:
        outcome = "failed"
    finally:
        while not _stop_timers():
            outcome = "timed out"
    seconds = time.perf_counter() - started
    # A test framework may have caught the ring and called it a failure.
    if outcome == "failed" and seconds >= limit.cpu_s * 0.95:
        outcome = "timed out"
    return Timed(outcome, seconds)


def _ring(*_: Any) -> None:
    raise OutOfTime


def _stop_timers() -> bool:
    with suppress(OutOfTime):
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return True
    return False
