"""Workflows whose records live in a value: a second engine opened on the same value goes on where the first ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from typing_extensions import override

from eaa.domain.errors import EaaError, InvalidRequest, RunFenced, RunNotFound, WorkflowCancelled
from eaa.domain.ids import RunId
from eaa.ports.workflow import Workflow, Workflows, WorkflowState, WorkflowTable

T = TypeVar("T")


@dataclass(slots=True)
class WorkflowRecord:
    """Everything durable about one workflow."""

    name: str
    generation: int
    argument: bytes
    state: WorkflowState = WorkflowState.PENDING
    outcomes: dict[int, Any] = field(default_factory=dict)
    """What each finished sleep or receive gave, by its number."""
    output: bytes = b""
    error: EaaError | None = None
    messages: dict[str, list[bytes]] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a message came or the state changed; whoever waits clears it first."""
    owner: "MemoryExecution | None" = None
    """The only execution that may record."""


WorkflowRecords = dict[RunId, WorkflowRecord]


@asynccontextmanager
async def open_memory_workflows(
    *, table: WorkflowTable, records: WorkflowRecords | None = None
) -> AsyncIterator["MemoryWorkflows"]:
    """Go on with the pending workflows of `records`; at the end of the block what runs is cut off unrecorded."""
    workflows = MemoryWorkflows(table=table, records={} if records is None else records)
    try:
        workflows.recover()
        yield workflows
    finally:
        await workflows.stop_all()


class MemoryExecution(Workflow):
    """One execution of a workflow function."""

    def __init__(self, run_id: RunId, record: WorkflowRecord, *, generation: int) -> None:
        self._run_id = run_id
        self._record = record
        self._generation = generation
        self._actions = 0
        self._in_flight: set[asyncio.Task[Any]] = set()
        self.stopped_by: BaseException | None = None

    @property
    @override
    def run_id(self) -> RunId:
        return self._run_id

    @property
    @override
    def generation(self) -> int:
        return self._generation

    @override
    async def step(self, name: str, function: Callable[[], Awaitable[bytes]]) -> bytes:
        if self.stopped_by is not None:
            raise self.stopped_by
        return await self._interruptible(function())

    @override
    async def sleep(self, seconds: float) -> None:
        now_s = asyncio.get_running_loop().time()

        async def set_alarm() -> float:
            return now_s + seconds

        wakes_at_s = await self._once(set_alarm)
        await self._interruptible(asyncio.sleep(max(0.0, wakes_at_s - now_s)))

    @override
    async def receive(self, topic: str, *, timeout_s: float) -> bytes | None:
        async def wait() -> bytes | None:
            try:
                async with asyncio.timeout(timeout_s):
                    return await self._next_message(topic)
            except TimeoutError:
                return None

        return await self._once(wait)

    def stop(self, reason: BaseException) -> None:
        """Cancel what is in flight and let nothing later start or be recorded; the first reason counts."""
        if self.stopped_by is None:
            self.stopped_by = reason
            for task in self._in_flight:
                task.cancel()

    async def _once(self, function: Callable[[], Awaitable[T]]) -> T:
        self._actions += 1
        number = self._actions
        if self.stopped_by is not None:
            raise self.stopped_by
        if number not in self._record.outcomes:
            await self._run_and_record(number, function)
        recorded: T = self._record.outcomes[number]
        return recorded

    async def _run_and_record(self, number: int, function: Callable[[], Awaitable[T]]) -> None:
        outcome = await self._interruptible(function())
        if self.stopped_by is None and self._record.owner is not self:
            self.stop(RunFenced(run_id=self._run_id, generation=self._generation))
        if self.stopped_by is not None:
            raise self.stopped_by
        self._record.outcomes[number] = outcome

    async def _interruptible(self, awaitable: Awaitable[T]) -> T:
        task = asyncio.ensure_future(awaitable)
        self._in_flight.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            raise self.stopped_by or asyncio.CancelledError from None
        finally:
            self._in_flight.discard(task)

    async def _next_message(self, topic: str) -> bytes:
        while not self._record.messages.get(topic):
            self._record.changed.clear()
            await self._record.changed.wait()
        return self._record.messages[topic].pop(0)


class MemoryWorkflows(Workflows):
    """Forgets its records with the value that holds them."""

    def __init__(self, *, table: WorkflowTable, records: WorkflowRecords) -> None:
        self._table = table
        self._records = records
        self._tasks: dict[RunId, asyncio.Task[None]] = {}
        self._fenced: dict[RunId, RunFenced] = {}
        """Runs whose execution here was fenced; cleared when they are resumed."""

    @override
    async def start(self, name: str, *, run_id: RunId, generation: int, argument: bytes) -> None:
        if name not in self._table:
            raise InvalidRequest(f"no workflow is called {name!r}")
        if run_id not in self._records:
            self._records[run_id] = WorkflowRecord(name=name, generation=generation, argument=argument)
            self._execute(run_id, generation=generation)

    @override
    async def result(self, run_id: RunId) -> bytes:
        record = self._record(run_id)
        while record.state is WorkflowState.PENDING:
            if run_id in self._fenced:
                raise self._fenced[run_id]
            record.changed.clear()
            await record.changed.wait()
        if record.state is WorkflowState.CANCELLED:
            raise WorkflowCancelled(f"run {run_id} was cancelled")
        if record.error is not None:
            raise record.error
        return record.output

    @override
    async def state(self, run_id: RunId) -> WorkflowState | None:
        record = self._records.get(run_id)
        return None if record is None else record.state

    @override
    async def cancel(self, run_id: RunId) -> None:
        record = self._records.get(run_id)
        if record is None or record.state is not WorkflowState.PENDING:
            return
        record.state = WorkflowState.CANCELLED
        record.changed.set()
        if record.owner is not None:
            record.owner.stop(WorkflowCancelled(f"run {run_id} was cancelled"))

    @override
    async def let_go(self, run_id: RunId) -> None:
        record = self._records.get(run_id)
        if record is not None and record.owner is not None and run_id in self._tasks:
            record.owner.stop(asyncio.CancelledError())
            await self._until_ended(run_id)

    @override
    async def resume(self, run_id: RunId, *, generation: int) -> None:
        record = self._record(run_id)
        owner = record.owner
        is_running_here = run_id in self._tasks and owner is not None and owner.stopped_by is None
        if is_running_here and owner is not None and owner.generation == generation:
            return
        if owner is not None:
            owner.stop(RunFenced(run_id=run_id, generation=owner.generation))
        await self._until_ended(run_id)
        if record.state is WorkflowState.SUCCEEDED:
            return
        record.state, record.error = WorkflowState.PENDING, None
        self._fenced.pop(run_id, None)
        self._execute(run_id, generation=generation)

    @override
    async def send(self, run_id: RunId, topic: str, message: bytes) -> None:
        record = self._record(run_id)
        record.messages.setdefault(topic, []).append(message)
        record.changed.set()

    def recover(self) -> None:
        """Start every pending workflow again, as a process does when it comes back."""
        for run_id, record in self._records.items():
            if record.state is WorkflowState.PENDING:
                self._execute(run_id, generation=record.generation)

    async def stop_all(self) -> None:
        """Cut off what runs here, as a dying process does."""
        for run_id in self._tasks:
            owner = self._records[run_id].owner
            if owner is not None:
                owner.stop(asyncio.CancelledError())
        for run_id in tuple(self._tasks):
            await self._until_ended(run_id)

    def _execute(self, run_id: RunId, *, generation: int) -> None:
        record = self._records[run_id]
        execution = MemoryExecution(run_id, record, generation=generation)
        record.generation, record.owner = generation, execution
        task = asyncio.create_task(self._run(execution, record))
        self._tasks[run_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(run_id, None))

    async def _run(self, execution: MemoryExecution, record: WorkflowRecord) -> None:
        try:
            output = await self._table[record.name](execution, record.argument)
        except asyncio.CancelledError:
            return
        except RunFenced as error:
            execution.stop(error)
        except EaaError as error:
            self._end(execution, record, error=error)
        except Exception as error:
            self._end(execution, record, error=EaaError(f"{type(error).__name__}: {error}"))
        else:
            self._end(execution, record, output=output)
        if isinstance(execution.stopped_by, RunFenced):
            self._fenced[execution.run_id] = execution.stopped_by
            record.changed.set()

    def _end(
        self, execution: MemoryExecution, record: WorkflowRecord, *, output: bytes = b"", error: EaaError | None = None
    ) -> None:
        if record.owner is not execution or execution.stopped_by is not None:
            return
        record.state = WorkflowState.SUCCEEDED if error is None else WorkflowState.FAILED
        record.output, record.error = output, error
        record.changed.set()

    async def _until_ended(self, run_id: RunId) -> None:
        task = self._tasks.get(run_id)
        if task is not None:
            await asyncio.wait({task})

    def _record(self, run_id: RunId) -> WorkflowRecord:
        try:
            return self._records[run_id]
        except KeyError:
            raise RunNotFound(run_id=run_id) from None
