"""Records of our own for the benchmark of durable workflows: a store and the journal, as in a real run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eaa.adapters.dbos.bench import STEPS_A_RUN
from eaa.adapters.memory.blobs import MemoryBlobs
from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.domain.ids import DEFAULT_ORGANISATION, RunId, TaskId
from eaa.domain.run import Run, RunState
from eaa.engine.journal import Desk, Journal
from eaa.ports.workflow import Workflow


class JournalRecorder:
    """Keeps what a run keeps: its row, and each step with an event, guarded by the generation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def open(self, run_id: RunId) -> None:
        """Add the row of a new run."""
        async with self._desk.store.begin() as session:
            await session.runs.add(self._run(run_id))

    async def work(self, workflow: Workflow, run_id: RunId) -> bytes:
        """Take six steps that do nothing through the journal."""
        journal = Journal(workflow, self._run(run_id), self._desk)
        for number in range(STEPS_A_RUN):
            await journal.step(f"step {number}", int, _nothing, event=lambda _: "step.done", says=str)
        return b"{}"

    def _run(self, run_id: RunId) -> Run:
        now = self._desk.clock.now()
        return Run(
            id=run_id,
            organisation_id=DEFAULT_ORGANISATION,
            task_id=TaskId("tsk_bench"),
            state=RunState.RUNNING,
            attempt=1,
            verdict=None,
            base_commit=None,
            head_commit=None,
            owner_slot=None,
            generation=1,
            created_at=now,
            updated_at=now,
        )


@asynccontextmanager
async def open_journal_recorder(url: str) -> AsyncIterator[JournalRecorder]:
    """Open a recorder on a database, which is migrated first."""
    await upgrade(url)
    async with open_store(url) as store:
        desk = Desk(store=store, blobs=MemoryBlobs(), clock=SystemClock(), ids=UlidIds(), progress=NoProgress())
        yield JournalRecorder(desk)


async def _nothing() -> int:
    return 0
