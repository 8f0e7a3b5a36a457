"""What our layer costs on top of DBOS: the same little workflows, by us and by DBOS alone, in turns."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from dbos import DBOS, SetWorkflowID

from eaa.adapters.dbos.launch import configure, configure_plainly, launch, shut_down
from eaa.adapters.dbos.workflow import open_workflows
from eaa.domain.ids import RunId
from eaa.ports.workflow import Workflow

STEPS_A_RUN = 6
_SLOT = "bench-0"

RunOne = Callable[[str], Awaitable[object]]
"""Runs one six-step workflow, under a new id, to its end."""


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """What one contender reached; medians over the rounds."""

    contender: str
    database: str
    runs_per_s: float
    """Six-step runs, several at once."""
    steps_per_s: float
    """Of those runs."""
    step_ms: float
    """Wall time of one step, when one run is alone."""
    step_cpu_ms: float
    """Processor time of one step, all threads of the process together, when one run is alone."""


async def bench_engine(
    folder: Path, *, postgres_url: str | None = None, runs: int = 60, at_once: int = 10, rounds: int = 3
) -> tuple[EngineFigures, ...]:
    """Measure ours and DBOS alone, in turns, on new SQLite files in `folder`, or on a Postgres.

    DBOS alone appears twice on SQLite: as it ships, and on an engine set up like ours (WAL), which is the fair peer.

    Args:
        folder: An empty folder for the databases.
        postgres_url: Measure on this database instead; what DBOS writes there stays.
        runs: Six-step runs a round and contender.
        at_once: How many of them at the same time.
        rounds: How often every contender has its turn.
    """
    contenders: dict[str, Callable[[str], Awaitable[EngineFigures]]] = {
        "eaa": lambda url: _measure_ours(url, runs=runs, at_once=at_once),
        "DBOS alone": lambda url: _measure_bare("DBOS alone", url, configure, runs=runs, at_once=at_once),
    }
    if postgres_url is None:
        contenders["DBOS as it ships"] = lambda url: _measure_bare(
            "DBOS as it ships", url, configure_plainly, runs=runs, at_once=at_once
        )
    measured: dict[str, list[EngineFigures]] = {name: [] for name in contenders}
    for number in range(rounds):
        for position, (name, measure) in enumerate(contenders.items()):
            url = postgres_url or f"sqlite:///{folder}/{number}-{position}.sqlite"
            measured[name].append(await measure(url))
    return tuple(map(_median_of, measured.values()))


async def _measure_ours(url: str, *, runs: int, at_once: int) -> EngineFigures:
    async def work(workflow: Workflow, _: bytes) -> bytes:
        outputs = [await workflow.step(f"step {number}", _nothing) for number in range(STEPS_A_RUN)]
        return outputs[-1]

    async with open_workflows(url, slot=_SLOT, table={"work": work}) as workflows:

        async def run_one(name: str) -> object:
            await workflows.start("work", run_id=RunId(name), generation=1, argument=b"{}")
            return await workflows.result(RunId(name))

        return await _measure("eaa", url, run_one, runs=runs, at_once=at_once)


async def _measure_bare(
    contender: str, url: str, configure_it: Callable[..., None], *, runs: int, at_once: int
) -> EngineFigures:
    configure_it(url, slot=_SLOT)

    @DBOS.workflow(name="bare")
    async def work(_: str) -> str:
        outputs = [await DBOS.run_step_async({"name": f"step {number}"}, _nothing) for number in range(STEPS_A_RUN)]
        return outputs[-1].decode()

    async def run_one(name: str) -> object:
        with SetWorkflowID(name):
            handle = await DBOS.start_workflow_async(work, "{}")
        return await handle.get_result()

    try:
        launch(_SLOT)
        return await _measure(contender, url, run_one, runs=runs, at_once=at_once)
    finally:
        await shut_down()


async def _measure(contender: str, url: str, run_one: RunOne, *, runs: int, at_once: int) -> EngineFigures:
    await run_one(_new_id(0))  # not counted: imports, first connections
    alone = max(runs // 4, 1)
    started_s, started_cpu_s = time.perf_counter(), time.process_time()
    for number in range(alone):
        await run_one(_new_id(number))
    step_s = (time.perf_counter() - started_s) / (alone * STEPS_A_RUN)
    step_cpu_s = (time.process_time() - started_cpu_s) / (alone * STEPS_A_RUN)
    runs_per_s = await _throughput(run_one, runs=runs, at_once=at_once)
    return EngineFigures(
        contender=contender,
        database=url.partition(":")[0],
        runs_per_s=runs_per_s,
        steps_per_s=runs_per_s * STEPS_A_RUN,
        step_ms=step_s * 1000,
        step_cpu_ms=step_cpu_s * 1000,
    )


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


def _median_of(rounds: list[EngineFigures]) -> EngineFigures:
    return EngineFigures(
        contender=rounds[0].contender,
        database=rounds[0].database,
        runs_per_s=round(median(figures.runs_per_s for figures in rounds), 1),
        steps_per_s=round(median(figures.steps_per_s for figures in rounds), 1),
        step_ms=round(median(figures.step_ms for figures in rounds), 2),
        step_cpu_ms=round(median(figures.step_cpu_ms for figures in rounds), 2),
    )
