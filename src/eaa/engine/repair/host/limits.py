"""Time limits for code that may never end."""

from __future__ import annotations

import builtins
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Callable

TICK = "__eaa_tick__"
"""Builtin name that loops of candidates call once a turn."""
_NO_END = 1 << 62


class OutOfTime(BaseException):
    """The limit passed. Not an `Exception`, so that ordinary handlers let it through."""


@dataclass(frozen=True)
class Limit:
    """Processor seconds, robust on a busy machine, wall seconds for code that waits, and turns of loops."""

    cpu_s: float
    wall_s: float
    turns: int = _NO_END


@dataclass(frozen=True)
class Timed:
    """How a limited call ended."""

    outcome: str
    """`passed`, `failed`, `skipped` or `timed out`."""
    seconds: float
    turns: int = 0
    """How often loops that count have turned."""
    is_cut: bool = False
    """Whether a timer struck in the middle of something, which may have left anything behind."""


class _Turns:
    """Ends a loop after a number of turns: at once, at a known place, and whatever else the machine does."""

    def __init__(self) -> None:
        self.given = self.left = _NO_END

    def begin(self, turns: int) -> None:
        self.given = self.left = turns

    def tick(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OutOfTime


_turns = _Turns()
setattr(builtins, TICK, _turns.tick)


def waited_s() -> float:
    """Return for how long this process has waited for a processor, so that a busy machine makes no test look slow."""
    try:
        with open("/proc/self/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def limit_for(seconds: float) -> Limit:
    """Return a limit around a number of processor seconds."""
    return Limit(cpu_s=seconds, wall_s=2 * seconds + 1.0)


def timed(call: Callable[[], str], limit: Limit) -> Timed:
    """Run a call that returns an outcome; whatever it raises is a failure."""
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, _ring)
    started = time.perf_counter()
    outcome, is_cut = "timed out", False
    _turns.begin(limit.turns)
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
            outcome, is_cut = "timed out", True
    seconds = time.perf_counter() - started
    is_over = _turns.left < 0
    # A test framework may have caught the ring and called it a failure.
    if outcome == "failed" and (is_over or seconds >= limit.cpu_s * 0.95):
        outcome = "timed out"
    is_cut = is_cut or (outcome == "timed out" and not is_over)
    return Timed(outcome, seconds, limit.turns - _turns.left, is_cut)


def _ring(*_: Any) -> None:
    raise OutOfTime


def _stop_timers() -> bool:
    with suppress(OutOfTime):
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return True
    return False
