"""The run: one server, every contender in a process of its own, in turns, task by task."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

import eaa
from eaa.wiring.llm_bench.measuring import Task

Figures = dict[str, float]
"""By name, the unit in the name."""

FULL_TASKS: Final = (
    Task("calls", 500),
    Task("streams", 8),
    Task("cached", 500),
    Task("failover", 40),
    Task("memory", 0),
)
_ROOM: Final = "eaa.wiring.llm_bench"
_LONGEST_LINE_S: Final = 300.0
_AS_MODULE: Final = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); runpy.run_module(sys.argv[1], run_name='__main__')"
)
_LITELLM_ENVIRONMENT: Final = {
    # It would fetch its price list and report to its maker otherwise.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_TELEMETRY": "False",
    "LITELLM_LOG": "ERROR",
}


class ContenderFailed(Exception):
    """A contender ended, or said something that is no measurement."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What was measured."""

    medians: dict[str, Figures]
    """By contender."""
    spreads: dict[str, dict[str, tuple[float, float]]]
    """By contender and figure: the least and the most of all rounds."""
    failures: dict[str, str]
    """Contenders that could not be measured, and why."""
    notes: dict[str, tuple[str, ...]]
    """By contender: single tasks that failed."""


@dataclass(slots=True)
class _Measured:
    """One contender over the rounds."""

    rounds: list[Figures]
    failure: str = ""
    notes: set[str] = field(default_factory=set)
    """Tasks that failed."""


async def bench_llm(litellm_python: Path | None, *, rounds: int = 5, tasks: tuple[Task, ...] = FULL_TASKS) -> Bench:
    """Measure eaa, aiohttp alone and, where it is installed, LiteLLM.

    All are at work in the same minutes: in a round each task goes from contender to contender before the next begins,
    so that whatever else the machine does meets them alike. Everybody begins each round as a new process.

    Args:
        litellm_python: An interpreter that has LiteLLM; None leaves it out.
        rounds: How often everything is measured.
        tasks: What is measured, and how often in a round.
    """
    interpreters = {"eaa": Path(sys.executable), "aiohttp": Path(sys.executable)}
    if litellm_python is not None:
        interpreters["litellm"] = litellm_python
    measured = {name: _Measured([]) for name in interpreters}
    async with open_server() as port:
        for _ in range(rounds):
            await _one_round(port, interpreters, measured, tasks)
    whole = {name: one.rounds for name, one in measured.items() if one.rounds and not one.failure}
    return Bench(
        medians={name: _medians(found) for name, found in whole.items()},
        spreads={name: _spreads(found) for name, found in whole.items()},
        failures={name: one.failure for name, one in measured.items() if one.failure},
        notes={name: tuple(sorted(one.notes)) for name, one in measured.items() if one.notes},
    )


async def _one_round(
    port: int, interpreters: Mapping[str, Path], measured: Mapping[str, _Measured], tasks: tuple[Task, ...]
) -> None:
    async with AsyncExitStack() as stack:
        started: dict[str, tuple[Process, Figures]] = {}
        for name, interpreter in interpreters.items():
            with _noting(measured[name]):
                process = await stack.enter_async_context(_contender(name, interpreter, port))
                started[name] = (process, {"import_ms": float((await _next_line(process))["import_ms"])})
        for task in tasks:
            for name, (process, figures) in started.items():
                if not measured[name].failure:
                    with _noting(measured[name]):
                        figures |= await _measure(process, task, measured[name])
        for name, (_, figures) in started.items():
            measured[name].rounds.append(figures)


@contextmanager
def _noting(one: _Measured) -> Iterator[None]:
    """Write down that a contender failed, and let the others go on."""
    try:
        yield
    except (ContenderFailed, OSError, TimeoutError) as error:
        one.failure = str(error) or type(error).__name__


@asynccontextmanager
async def open_server() -> AsyncIterator[int]:
    """Start the model server as a process of its own and give its port; it ends with the block."""
    command = (sys.executable, "-m", f"{_ROOM}.server")
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        assert process.stdout is not None
        yield int(await process.stdout.readline())
    finally:
        await _ended(process)


@asynccontextmanager
async def _contender(name: str, interpreter: Path, port: int) -> AsyncIterator[Process]:
    # Appended, not put before: where eaa is installed its neighbours must not hide the interpreter's own packages.
    source = str(Path(eaa.__file__).parent.parent)
    command = (str(interpreter), "-c", _AS_MODULE, source, f"{_ROOM}.with_{name}", str(port))
    environment = {**os.environ, **_LITELLM_ENVIRONMENT, "NO_PROXY": "127.0.0.1"}
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment)
    try:
        yield process
    finally:
        await _ended(process)


async def _measure(process: Process, task: Task, one: _Measured) -> Figures:
    assert process.stdin is not None
    process.stdin.write(json.dumps({"name": task.name, "count": task.count}).encode() + b"\n")
    with suppress(ConnectionError):
        await process.stdin.drain()
    found = await _next_line(process)
    if "failed" in found:
        one.notes.add(str(found["failed"]))
        return {}
    return {name: float(value) for name, value in found.items()}


async def _next_line(process: Process) -> dict[str, float | str]:
    """Return what a contender says next; whatever else its libraries print is passed over."""
    assert process.stdout is not None
    async with asyncio.timeout(_LONGEST_LINE_S):
        while line := await process.stdout.readline():
            if line.startswith(b"{"):
                found: dict[str, float | str] = json.loads(line)
                return found
    raise ContenderFailed(f"its process ended with status {await process.wait()}")


async def _ended(process: Process) -> None:
    """Let a process end, which it does when its stdin is closed; kill one that does not."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(5):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _medians(rounds: list[Figures]) -> Figures:
    return {name: median(values) for name, values in _by_figure(rounds).items()}


def _spreads(rounds: list[Figures]) -> dict[str, tuple[float, float]]:
    return {name: (min(values), max(values)) for name, values in _by_figure(rounds).items()}


def _by_figure(rounds: list[Figures]) -> dict[str, list[float]]:
    names = dict.fromkeys(name for figures in rounds for name in figures)
    return {name: [figures[name] for figures in rounds if name in figures] for name in names}
