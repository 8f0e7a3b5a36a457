"""How each contender is measured, the same code for all of them.

A contender is a process that does as it is told on stdin and answers on stdout, one JSON object a line. LiteLLM's runs
in an environment without eaa's packages, so nothing but the standard library is imported here.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, Protocol

SYSTEM_TEXT: Final = (
    "You are a careful engineer in a team that changes software for other people. Read what is asked, look at the "
    "files that matter, and answer with the smallest plan that does the work. Name each file, say what changes in it "
    "and why, and how a reviewer can see that it is right. Do not guess: where something is not known, say so. "
) * 2
USER_TEXT: Final = (
    "The export of monthly reports drops the last row when the number of rows is a multiple of the page size. The "
    "paging is in reports/pages.py, the writer in reports/csv.py. Plan the change and the tests that show it. "
) * 3
MOST_OUTPUT_TOKENS: Final = 400
AT_ONCE: Final = 16
MOST_CPU_S: Final = 3.0
"""Of one task in one round."""
_WARM_UP_CALLS: Final = 40
_LONGEST_REASON: Final = 300


class Contender(Protocol):
    """Somebody who can call models. What it cannot do raises NotImplementedError."""

    async def call(self, number: int) -> int:
        """Make one whole call, never from a cache, and return how many characters came back."""
        ...

    async def stream(self) -> int:
        """Read one streamed answer to its end and return how many pieces of text came."""
        ...

    async def cached(self) -> int:
        """Ask what was asked before and is kept; return how many characters came back."""
        ...

    async def fail_over(self) -> int:
        """Make one whole call whose first model answers 503 and whose second model answers."""
        ...

    async def mend(self) -> None:
        """Forget that a model failed, so that the next call meets its 503 again. Not measured."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to measure."""

    name: str
    count: int


async def serve(
    open_contender: Callable[[int], AbstractAsyncContextManager[Contender]], *, started_cpu_s: float
) -> None:
    """Open a contender for the port given as the program's last word, then measure what stdin tells."""
    async with open_contender(int(sys.argv[-1])) as contender:
        _say({"import_ms": (time.process_time() - started_cpu_s) * 1000})
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            order = json.loads(line)
            _say(await _measured(contender, order["name"], int(order["count"])))


async def _measured(contender: Contender, task: str, count: int) -> dict[str, float | str]:
    """Return the figures of one task; a task that fails costs its own figures and no others."""
    try:
        return {**await _TASKS[task](contender, count)}
    except NotImplementedError:
        return {}
    except Exception as error:
        return {"failed": f"{task}: {type(error).__name__}: {error}"[:_LONGEST_REASON]}


async def _measure_calls(contender: Contender, count: int) -> dict[str, float]:
    for number in range(_WARM_UP_CALLS):
        await contender.call(-1 - number)
    gc.collect()
    numbers, done = _while_cheap(count), 0

    async def some() -> None:
        nonlocal done
        for number in numbers:
            _expect(await contender.call(number) > 1_000)
            done += 1

    started_s, started_cpu_s = time.perf_counter(), time.process_time()
    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    cpu_s, seconds = time.process_time() - started_cpu_s, time.perf_counter() - started_s
    return {"cpu_us_per_call": cpu_s / done * 1e6, "calls_per_s": done / seconds}


async def _measure_streams(contender: Contender, count: int) -> dict[str, float]:
    await contender.stream()
    gc.collect()
    events = streams = 0
    started_cpu_s = time.process_time()
    for _ in _while_cheap(count):
        events += await contender.stream()
        streams += 1
    cpu_s = time.process_time() - started_cpu_s
    _expect(events >= 300 * streams)
    return {"stream_us_per_event": cpu_s / events * 1e6}


async def _measure_cached(contender: Contender, count: int) -> dict[str, float]:
    await contender.cached()
    await contender.cached()
    gc.collect()
    started_cpu_s, hits = time.process_time(), 0
    for _ in _while_cheap(count):
        await contender.cached()
        hits += 1
    return {"cache_hit_us": (time.process_time() - started_cpu_s) / hits * 1e6}


async def _measure_failover(contender: Contender, count: int) -> dict[str, float]:
    """Measure what a 503 adds to a call: wall time, one call at a time, with and without in turns."""
    await contender.fail_over()
    await contender.mend()
    plain_s: list[float] = []
    failing_s: list[float] = []
    for number in _while_cheap(count):
        started_s = time.perf_counter()
        await contender.call(-1_000 - number)
        between_s = time.perf_counter()
        await contender.fail_over()
        failing_s.append(time.perf_counter() - between_s)
        plain_s.append(between_s - started_s)
        await contender.mend()
    return {"failover_503_ms": (median(failing_s) - median(plain_s)) * 1000}


async def _measure_memory(_: Contender, __: int) -> dict[str, float]:
    """Read the most memory this process has had; Linux only."""
    status = await asyncio.to_thread(Path("/proc/self/status").read_text)
    peak_kb = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), None)
    return {} if peak_kb is None else {"rss_mb": int(peak_kb) / 1024}


_TASKS = {
    "calls": _measure_calls,
    "streams": _measure_streams,
    "cached": _measure_cached,
    "failover": _measure_failover,
    "memory": _measure_memory,
}


def _while_cheap(count: int) -> Iterator[int]:
    """Yield at most so many numbers, and no more once a few seconds of processor time are used: peers may be slow."""
    started_cpu_s = time.process_time()
    for number in range(count):
        yield number
        if time.process_time() - started_cpu_s > MOST_CPU_S:
            return


def _expect(is_right: bool) -> None:
    if not is_right:
        raise RuntimeError("an answer is not what the server sent")


def _say(found: Mapping[str, float | str]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
