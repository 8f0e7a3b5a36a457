"""What our layers cost on top of DBOS: the same little workflows, by us and by DBOS alone, in turns."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Protocol

from dbos import DBOS, SetWorkflowID
from sqlalchemy import Engine

from eaa.adapters.dbos.launch import configure, configure_plainly, launch, shut_down
from eaa.adapters.dbos.workflow import open_workflows
from eaa.domain.ids import RunId
from eaa.ports.workflow import Workflow

STEPS_A_RUN = 6
PEER = "DBOS alone"
_SLOT = "bench-0"

RunOne = Callable[[str], Awaitable[object]]
"""Runs one six-step workflow, under a new id, to its end."""


class Recorder(Protocol):
    """Keeps the records that make a step done, as real runs do."""

    async def open(self, run_id: RunId) -> None:
        """Make the records that a run needs before its first step."""
        ...

    async def work(self, workflow: Workflow, run_id: RunId) -> bytes:
        """Take six steps that do nothing, each on record with its event."""
        ...


OpenRecorder = Callable[[str], AbstractAsyncContextManager[Recorder]]
"""Opens a recorder on the database with an address."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one contender reached in one round."""

    runs_per_s: float
    """Six-step runs, several at once."""
    step_s: float
    """Wall time of one step, when one run is alone."""
    step_cpu_s: float
    """Processor time of one step, all threads of the process together, when one run is alone."""


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """What one contender reached; medians over the rounds."""

    contender: str
    database: str
    runs_per_s: float
    steps_per_s: float
    step_ms: float
    step_cpu_ms: float
    share_of_peer: float
    """Its runs a second, as a part of those that DBOS alone reached in the same round."""
    share_lowest: float
    share_highest: float


async def bench_engine(
    folder: Path,
    *,
    open_recorder: OpenRecorder,
    postgres_url: str | None = None,
    runs: int = 24,
    at_once: int = 8,
    rounds: int = 5,
) -> tuple[EngineFigures, ...]:
    """Measure ours and DBOS alone, in turns, on new SQLite files in `folder`, or on a Postgres.

    "DBOS alone" has the same database settings as ours, which makes it the fair peer. On SQLite there is also DBOS as
    it ships. Every round begins with another contender, so that none always runs on the quieter machine.

    Args:
        folder: An empty folder for the databases.
        open_recorder: Opens the records of our own that real runs keep; those of DBOS alone are its own.
        postgres_url: Measure on this database instead; what is written there stays.
        runs: Six-step runs a round and contender.
        at_once: How many of them at the same time.
        rounds: How often every contender has its turn.
    """
    contenders: dict[str, Callable[[str], Awaitable[Measured]]] = {
        PEER: lambda url: _measure_bare(url, configure, runs=runs, at_once=at_once),
        "eaa": lambda url: _measure_ours(url, open_recorder, runs=runs, at_once=at_once),
    }
    if postgres_url is None:
        contenders["DBOS as it ships"] = lambda url: _measure_bare(url, configure_plainly, runs=runs, at_once=at_once)
    names = list(contenders)
    measured: dict[str, list[Measured]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            url = postgres_url or f"sqlite:///{folder}/{number}-{names.index(name)}.sqlite"
            measured[name].append(await contenders[name](url))
    database = (postgres_url or "sqlite").partition(":")[0]
    return tuple(_figures_of(name, database, turns, measured[PEER]) for name, turns in measured.items())


async def _measure_ours(url: str, open_recorder: OpenRecorder, *, runs: int, at_once: int) -> Measured:
    # On SQLite the records have a file of their own, as in a real home.
    records_url = f"{url}-records" if url.startswith("sqlite") else url
    async with open_recorder(records_url) as recorder:

        async def work(workflow: Workflow, _: bytes) -> bytes:
            return await recorder.work(workflow, workflow.run_id)

        async with open_workflows(url, slot=_SLOT, table={"work": work}) as workflows:

            async def run_one(name: str) -> object:
                await recorder.open(RunId(name))
                await workflows.start("work", run_id=RunId(name), generation=1, argument=b"{}")
                return await workflows.result(RunId(name))

            return await _measure(run_one, runs=runs, at_once=at_once)


async def _measure_bare(url: str, configure_it: Callable[..., Engine | None], *, runs: int, at_once: int) -> Measured:
    engine = configure_it(url, slot=_SLOT)

    @DBOS.workflow(name="bare")
    async def work(_: str) -> str:
        outputs = [await DBOS.run_step_async({"name": f"step {number}"}, _nothing) for number in range(STEPS_A_RUN)]
        return outputs[-1].decode()

    async def run_one(name: str) -> object:
        with SetWorkflowID(name):
            handle = await DBOS.start_workflow_async(work, "{}")
        return await handle.get_result()

    try:
        await launch(_SLOT, engine)
        return await _measure(run_one, runs=runs, at_once=at_once)
    finally:
        await shut_down(engine)


async def _measure(run_one: RunOne, *, runs: int, at_once: int) -> Measured:
    await run_one(_new_id(0))  # not counted: imports, first connections
    alone = max(runs // 4, 1)
    started_s, started_cpu_s = time.perf_counter(), time.process_time()
    for number in range(alone):
        await run_one(_new_id(number))
    step_s = (time.perf_counter() - started_s) / (alone * STEPS_A_RUN)
    step_cpu_s = (time.process_time() - started_cpu_s) / (alone * STEPS_A_RUN)
    runs_per_s = await _throughput(run_one, runs=runs, at_once=at_once)
    return Measured(runs_per_s=runs_per_s, step_s=step_s, step_cpu_s=step_cpu_s)


async def _throughput(run_one: RunOne, *, runs: int, at_once: int) -> float:
    numbers = iter(range(runs))

    async def run_some() -> None:
        for number in numbers:
            await run_one(_new_id(number))

    started_s = time.perf_counter()
    await asyncio.gather(*(run_some() for _ in range(at_once)))
    return runs / (time.perf_counter() - started_s)


async def _nothing() -> bytes:
    return b"{}"


def _new_id(number: int) -> str:
    return f"run_bench_{time.time_ns()}_{number}"


def _figures_of(contender: str, database: str, turns: list[Measured], peer: list[Measured]) -> EngineFigures:
    shares = [ours.runs_per_s / theirs.runs_per_s for ours, theirs in zip(turns, peer, strict=True)]
    runs_per_s = median(turn.runs_per_s for turn in turns)
    return EngineFigures(
        contender=contender,
        database=database,
        runs_per_s=round(runs_per_s, 1),
        steps_per_s=round(runs_per_s * STEPS_A_RUN, 1),
        step_ms=round(median(turn.step_s for turn in turns) * 1000, 2),
        step_cpu_ms=round(median(turn.step_cpu_s for turn in turns) * 1000, 2),
        share_of_peer=round(median(shares), 2),
        share_lowest=round(min(shares), 2),
        share_highest=round(max(shares), 2),
    )
