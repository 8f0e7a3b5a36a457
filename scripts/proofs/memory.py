"""Whether calls to models leave anything in memory: many of each sort, over real sockets, then what is left."""

import asyncio
import gc
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from eaa.wiring.llm_bench.measuring import AT_ONCE, Contender
from eaa.wiring.llm_bench.run import open_server
from eaa.wiring.llm_bench.with_eaa import open_contender

MOST_DRIFT_MB = 2.0
WARM_UP_CALLS = 20_000
"""After so many every bounded memory is full: kept answers, searched texts, usage rows."""
_PASSING_KINDS = frozenset(
    {"Journey", "Course", "Turn", "Bill", "Fare", "_Billed", "Wish", "Reservation", "Said", "Assembly", "_Flight"}
)
"""Of ours, each lives as long as its call."""
_STANDING = Counter({"Reservation": 2})
"""What an open orchestrator holds itself: the lease that calls are paid out of, and one on its way back."""
_STANDING_TASKS = 3
"""This one, the orchestrator's upkeep, and what follows the switches."""


@dataclass(frozen=True)
class MemoryDrift:
    """What was found."""

    calls: int
    """After the warm-up."""
    warm_up_calls: int
    drift_mb: float
    """Growth of resident memory from the end of the warm-up to the end of the calls."""
    left: tuple[str, ...]
    """Things that should have gone with their calls, with their numbers."""


def memory_drift(calls: int, *, warm_up_calls: int = WARM_UP_CALLS) -> MemoryDrift:
    """Make calls, streams, kept answers and failovers in turn and tell what they leave."""
    return asyncio.run(_found(calls, warm_up_calls))


async def _found(calls: int, warm_up_calls: int) -> MemoryDrift:
    kinds_before = _kinds()
    async with open_server() as port, open_contender(port) as contender:
        await _make(contender, range(warm_up_calls))
        before_kb = await asyncio.to_thread(_resident_kb)
        await _make(contender, range(warm_up_calls, warm_up_calls + calls))
        after_kb = await asyncio.to_thread(_resident_kb)
        left = _left(kinds_before)
    return MemoryDrift(calls, warm_up_calls, (after_kb - before_kb) / 1024, left)


async def _make(contender: Contender, numbers: range) -> None:
    waiting = iter(numbers)

    async def some() -> None:
        for number in waiting:
            await _one(contender, number)

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    gc.collect()


async def _one(contender: Contender, number: int) -> None:
    match number % 20:
        case 0 | 1:
            await contender.stream()
        case 2 | 3:
            await contender.cached()
        case 4 if number % 200 == 4:
            await contender.fail_over()
            await contender.mend()
        case _:
            await contender.call(number)


def _kinds() -> Counter[str]:
    gc.collect()
    return Counter(type(thing).__name__ for thing in gc.get_objects())


def _left(before: Counter[str]) -> tuple[str, ...]:
    more = _kinds() - before - _STANDING
    found = [f"{more[kind]} {kind}" for kind in sorted(_PASSING_KINDS) if more[kind]]
    tasks = len(asyncio.all_tasks()) - _STANDING_TASKS
    return (*found, f"{tasks} tasks") if tasks > 0 else tuple(found)


def _resident_kb() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
