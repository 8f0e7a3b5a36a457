"""What keeping records costs beside a long history, and what many runs cost that only wait."""

import asyncio
import resource
import statistics
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from eaa.adapters.dbos.workflow import open_workflows
from eaa.adapters.memory.blobs import MemoryBlobs
from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.sql.engine import sqlite_address
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.domain.event import Event
from eaa.domain.ids import DEFAULT_ORGANISATION, CommitId, EventId, RunId, TaskId
from eaa.domain.origin import Origin
from eaa.domain.run import Run, RunState
from eaa.domain.task import Task
from eaa.domain.verdict import TaskVerdict
from eaa.engine.journal import Desk, Journal
from eaa.ports.workflow import Workflow

_BATCH = 2_000
_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class HistoryFigures:
    """Beside so many finished runs, each with two events. Milliseconds, median of two hundred."""

    finished_runs: int
    claim_ms: float
    """Taking the next queued run."""
    step_ms: float
    """Recording a step with its event."""
    newest_ms: float
    """The first page of runs."""


@dataclass(frozen=True, slots=True)
class WaitingFigures:
    """Runs that all wait for a slow model at the same time, in one process."""

    runs: int
    wait_s: float
    """Of each."""
    seconds: float
    """Until all had ended."""
    cpu_s: float
    added_mb: float
    """To the most memory that the process ever held."""


async def bench_history(folder: Path, *, finished: int) -> HistoryFigures:
    """Measure records in a new SQLite file with so many finished runs."""
    async with _desk(folder / f"history-{finished}.sqlite") as desk:
        await _fill(desk, finished)
        claims, steps, pages = [], [], []
        for number in range(_ROUNDS):
            run = _run(f"queued-{number}", RunState.QUEUED)
            async with desk.store.begin() as session:
                await session.runs.add(run)
            claims.append(await _timed(_claim(desk)))
            steps.append(await _timed(_step(desk, run, number)))
            pages.append(await _timed(_page(desk)))
    return HistoryFigures(finished, *(round(statistics.median(one) * 1000, 3) for one in (claims, steps, pages)))


async def bench_waiting(folder: Path, *, runs: int, wait_s: float) -> WaitingFigures:
    """Let so many runs take a step that only waits, all at once, on a new SQLite file."""
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with _desk(folder / "waiting.sqlite") as desk:

        async def work(workflow: Workflow, _: bytes) -> bytes:
            journal = Journal(workflow, _run(workflow.run_id, RunState.RUNNING), desk)
            await journal.step("asking the model", int, slow, event=lambda _: "plan.written", says=str)
            return b"{}"

        async def slow() -> int:
            await asyncio.sleep(wait_s)
            return 0

        names = [RunId(f"run_waiting_{number}") for number in range(runs)]
        for name in names:
            async with desk.store.begin() as session:
                await session.runs.add(_run(name, RunState.RUNNING))
        address = sqlite_address(folder / "workflows.sqlite")
        async with open_workflows(address, slot="bench-0", table={"waiting": work}) as workflows:
            began_s, cpu_s = time.monotonic(), time.process_time()
            for name in names:
                await workflows.start("waiting", run_id=name, generation=1, argument=b"{}")
            await asyncio.gather(*(workflows.result(name) for name in names))
            seconds, used_s = time.monotonic() - began_s, time.process_time() - cpu_s
    added_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1000
    return WaitingFigures(runs, wait_s, round(seconds, 2), round(used_s, 2), round(added_mb, 1))


@asynccontextmanager
async def _desk(file: Path) -> AsyncIterator[Desk]:
    url = sqlite_address(file)
    await upgrade(url)
    async with open_store(url) as store:
        yield Desk(store=store, blobs=MemoryBlobs(), clock=SystemClock(), ids=UlidIds(), progress=NoProgress())


async def _fill(desk: Desk, finished: int) -> None:
    for start in range(0, finished, _BATCH):
        async with desk.store.begin() as session:
            for number in range(start, min(finished, start + _BATCH)):
                run = replace(_run(f"finished-{number}", RunState.DONE), verdict=TaskVerdict.DONE)
                await session.tasks.add(_task(run))
                await session.runs.add(run)
                for name in ("run.started", "run.ended"):
                    await session.events.add(_event(run, name))


async def _timed(work: Awaitable[None]) -> float:
    began_s = time.perf_counter()
    await work
    return time.perf_counter() - began_s


async def _claim(desk: Desk) -> None:
    async with desk.store.begin() as session:
        assert await session.runs.claim(owner_slot="bench-0", at_once=None) is not None


async def _step(desk: Desk, run: Run, number: int) -> None:
    async with desk.store.begin() as session:
        await session.runs.hold(run.id, generation=1)
        await session.events.add(_event(run, "plan.written", number=number))


async def _page(desk: Desk) -> None:
    async with desk.store.begin() as session:
        await session.runs.newest(DEFAULT_ORGANISATION, states=frozenset(RunState), limit=50)


def _run(name: str, state: RunState) -> Run:
    now = SystemClock().now()
    return Run(
        id=RunId(name),
        organisation_id=DEFAULT_ORGANISATION,
        task_id=TaskId(f"task-of-{name}"),
        state=state,
        attempt=1,
        verdict=None,
        base_commit=None,
        head_commit=None,
        owner_slot=None,
        generation=1,
        created_at=now,
        updated_at=now,
    )


def _task(run: Run) -> Task:
    return Task(
        id=run.task_id,
        organisation_id=run.organisation_id,
        text="Make x two.",
        origin=Origin.MEMBER,
        source="bench",
        repository_source="/nowhere",
        base=CommitId("0" * 40),
        kind=None,
        created_at=run.created_at,
    )


def _event(run: Run, name: str, *, number: int = 0) -> Event:
    return Event(
        id=EventId(f"{run.id}-{name}-{number}"),
        organisation_id=run.organisation_id,
        task_id=run.task_id,
        run_id=run.id,
        type=name,
        data=b"{}",
        created_at=run.created_at,
    )
