"""Workflows on DBOS Transact.

One generic workflow is registered; it looks the function up in the table that wiring passed. What decides who works on
a run is never DBOS but the run's own row: `generation_of` asks it whenever DBOS hands an execution to this process.

- A run that is started here begins at once. A resumed one comes through this slot's own queue.
- At launch DBOS recovers the runs its slot left unfinished, through a queue that all processes share. Whoever gets one
  that is not its own lets it be, without a write: its owner may be resuming it in that very moment.
- A fenced execution records nothing more: our store refuses its writes by the generation. A cancelled one is ended, and
  DBOS takes no outcome of it.
"""

import asyncio
import contextlib
import contextvars
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from dbos import DBOS, SetWorkflowID, WorkflowHandleAsync, WorkflowStatus
from dbos import error as dbos_error
from typing_extensions import override

from eaa.adapters.dbos.execution import Execution
from eaa.adapters.dbos.launch import configure, launch, queue_of, shut_down
from eaa.domain.errors import (
    DatabaseUnreachable,
    DiskFull,
    EaaError,
    InvalidRequest,
    RunFenced,
    RunNotFound,
    WorkflowCancelled,
)
from eaa.domain.ids import RunId
from eaa.ports.workflow import Workflows, WorkflowState, WorkflowTable

T = TypeVar("T")

_WATCH_S = 0.4
"""How often the runs of this process are looked up, to see that another process cancelled or took one."""
_FIRST_POLL_S = 0.002
_HEARD_POLL_S = 0.05
"""The first look when DBOS will most likely have told before."""
_SLOWEST_POLL_S = 0.25


GenerationOf = Callable[[RunId], Awaitable[int | None]]
"""Says with which generation this process works on a run, as its row has it; None when this process does not. The row
names owner and generation before the run is started or resumed here."""


@asynccontextmanager
async def open_workflows(
    url: str,
    *,
    slot: str,
    table: WorkflowTable,
    generation_of: GenerationOf | None = None,
    poll_s: float = 0.5,
    outcome_s: float = 45.0,
) -> AsyncIterator["DbosWorkflows"]:
    """Launch DBOS in this process and stop it at the end of the block; runs that are not done by then stay pending.

    Args:
        url: `sqlite:///<absolute path>` of a file of its own, or a Postgres address.
        slot: The executor slot that this process holds.
        table: Workflow functions by name.
        generation_of: Asked for every execution that DBOS hands to this process; without it every one is taken, with
            the generation it was started or last resumed with.
        poll_s: How often the slot's queue is looked at for resumed runs.
        outcome_s: How long an outcome may take to appear on record after a workflow function has returned.
    """
    engine = configure(url, slot=slot)
    workflows = DbosWorkflows(slot=slot, table=table, generation_of=generation_of, outcome_s=outcome_s)
    watching: asyncio.Task[None] | None = None
    try:
        await launch(slot, engine)
        await DBOS.register_queue_async(queue_of(slot), polling_interval_sec=poll_s, on_conflict="always_update")
        watching = asyncio.create_task(workflows.watch())
        yield workflows
    finally:
        if watching is not None:
            watching.cancel()
        await workflows.stop_all()
        await shut_down(engine)


class DbosWorkflows(Workflows):
    """The workflows of one slot. Made by `open_workflows`."""

    def __init__(
        self, *, slot: str, table: WorkflowTable, generation_of: GenerationOf | None, outcome_s: float
    ) -> None:
        self._slot = slot
        self._table = table
        self._generation_of = generation_of
        self._outcome_s = outcome_s
        self._resumed: dict[RunId, int] = {}
        """Generations of the runs that this process resumed; only looked at when there is nobody to ask."""
        self._executions: dict[RunId, Execution] = {}
        self._handles: dict[RunId, WorkflowHandleAsync[bytes]] = {}
        """Of the runs that were started here and that nobody has asked the result of yet."""
        self._faults: dict[RunId, EaaError] = {}
        """Why an execution here ended without an outcome on record; cleared when the run is resumed."""
        self._returned_at_s: dict[RunId, float] = {}
        """When the workflow functions returned whose outcome nobody has seen on record yet."""
        self._outputs: dict[RunId, bytes] = {}
        """What they returned, until somebody is told: DBOS takes no outcome of an execution that it gave away."""

        # A function of its own, because DBOS keeps notes in its attributes, which methods do not have.
        @DBOS.workflow(name="eaa_run", max_recovery_attempts=None)
        async def run(name: str, run_id: RunId, generation: int, argument: bytes) -> bytes:
            return await self._execute(name, run_id, generation, argument)

        self._run = run

    @override
    async def start(self, name: str, *, run_id: RunId, generation: int, argument: bytes) -> None:
        if name not in self._table:
            raise InvalidRequest(f"no workflow is called {name!r}")

        async def starting() -> WorkflowHandleAsync[bytes]:
            with SetWorkflowID(run_id):
                return await DBOS.start_workflow_async(self._run, name, run_id, generation, argument)

        self._handles[run_id] = await _outside_of_any_workflow(starting())

    @override
    async def result(self, run_id: RunId) -> bytes:
        try:
            return await self._result(run_id)
        finally:
            self._outputs.pop(run_id, None)

    async def _result(self, run_id: RunId) -> bytes:
        handle = self._handles.pop(run_id, None)
        if handle is None:
            return await self._recorded_result(run_id, pause_s=_FIRST_POLL_S)
        # DBOS tells first hand how a run ended that was started here, but not that it could not record it.
        told = asyncio.create_task(_outside_of_any_workflow(handle.get_result()))
        recorded = asyncio.create_task(self._recorded_result(run_id, pause_s=_HEARD_POLL_S))
        try:
            await asyncio.wait({told, recorded}, return_when=asyncio.FIRST_COMPLETED)
            if told.done() and not told.cancelled() and told.exception() is None:
                return told.result()
            return await recorded
        finally:
            told.cancel()
            recorded.cancel()

    async def _recorded_result(self, run_id: RunId, *, pause_s: float) -> bytes:
        """Look until the records tell how a run ended, at first after `pause_s`."""
        while True:
            await asyncio.sleep(pause_s)
            if run_id in self._executions:
                await self._executions[run_id].until_ended()
                # DBOS writes the outcome right after; a look before that would be one too many.
                await asyncio.sleep(pause_s)
            status = await self._status(run_id)
            if status is None:
                raise RunNotFound(run_id=run_id)
            state = _state_of(status)
            # DBOS tells of a cancellation in a sleep as if the run were somebody else's.
            if run_id in self._faults and state is not WorkflowState.CANCELLED:
                raise self._faults[run_id]
            if run_id in self._outputs and state is WorkflowState.PENDING and self._is_lost(run_id, status):
                return self._outputs[run_id]
            self._doubt_outcome(run_id, status)
            match state:
                case WorkflowState.SUCCEEDED:
                    return bytes(status.output or b"")
                case WorkflowState.FAILED:
                    raise _error_of(status)
                case WorkflowState.CANCELLED:
                    raise WorkflowCancelled(f"run {run_id} was cancelled")
                case WorkflowState.PENDING:
                    pause_s = min(pause_s * 2, _SLOWEST_POLL_S)

    @override
    async def state(self, run_id: RunId) -> WorkflowState | None:
        status = await self._status(run_id)
        return None if status is None else _state_of(status)

    @override
    async def cancel(self, run_id: RunId) -> None:
        await _outside_of_any_workflow(DBOS.cancel_workflow_async(run_id))
        execution = self._executions.get(run_id)
        if execution is not None and await self.state(run_id) is WorkflowState.CANCELLED:
            execution.stop(WorkflowCancelled(f"run {run_id} was cancelled"))

    @override
    async def let_go(self, run_id: RunId) -> None:
        execution = self._executions.get(run_id)
        if execution is not None:
            execution.stop(asyncio.CancelledError())
            await execution.until_ended()

    @override
    async def resume(self, run_id: RunId, *, generation: int) -> None:
        execution = self._executions.get(run_id)
        if execution is not None and execution.stopped_by is None and execution.generation == generation:
            return
        await self._end(run_id)
        status = await self._status(run_id)
        if status is None:
            raise RunNotFound(run_id=run_id)
        # Last before it is moved to this slot's queue: a process that was frozen since its row was written would take
        # it from who works on it now.
        if self._generation_of is not None and await self._generation_of(run_id) != generation:
            raise RunFenced(run_id=run_id, generation=generation)
        self._resumed[run_id] = generation
        self._faults.pop(run_id, None)
        self._outputs.pop(run_id, None)
        self._returned_at_s.pop(run_id, None)
        await self._enqueue(run_id, status)

    @override
    async def send(self, run_id: RunId, topic: str, message: bytes) -> None:
        try:
            await _outside_of_any_workflow(DBOS.send_async(run_id, message, topic=topic))
        except dbos_error.DBOSNonExistentWorkflowError:
            raise RunNotFound(run_id=run_id) from None

    async def watch(self) -> None:
        """Stop executions here that another process cancelled or took over, until cancelled itself."""
        while True:
            await asyncio.sleep(_WATCH_S)
            if self._executions:
                # A database that is away for a moment must not end the watch; the next look will tell.
                with contextlib.suppress(Exception):
                    await self._stop_what_is_not_ours()

    async def stop_all(self) -> None:
        """End every execution of this process without recording an outcome; they are recovered at the next launch."""
        executions = tuple(self._executions.values())
        for execution in executions:
            execution.stop(asyncio.CancelledError())
        for execution in executions:
            await execution.until_ended()

    async def _enqueue(self, run_id: RunId, status: WorkflowStatus) -> None:
        """Put a run that can go on into this slot's queue."""
        match _state_of(status):
            case WorkflowState.SUCCEEDED:
                pass
            case WorkflowState.FAILED:
                await _outside_of_any_workflow(self._rewind(run_id))
            case WorkflowState.PENDING | WorkflowState.CANCELLED:
                await _outside_of_any_workflow(DBOS.resume_workflow_async(run_id, queue_name=queue_of(self._slot)))

    async def _execute(self, name: str, run_id: RunId, generation: int, argument: bytes) -> bytes:
        """Run the workflow function `name`; this is what DBOS knows as the workflow."""
        if name not in self._table:
            raise InvalidRequest(f"no workflow is called {name!r}")
        while run_id in self._executions:
            await self._end(run_id)
        self._faults.pop(run_id, None)
        # On the list before anything is asked: whoever stops the run in this moment finds something to stop.
        execution = self._executions[run_id] = Execution(run_id, generation=generation)
        try:
            execution.begin(generation=await self._generation_here(run_id, started_with=generation))
            output = await self._table[name](execution, argument)
        except RunFenced as error:
            execution.stop(error)
        except Exception:
            if execution.stopped_by is None:
                raise
        else:
            if execution.stopped_by is None:
                self._outputs[run_id] = output
                return output
        finally:
            del self._executions[run_id]
            self._returned_at_s[run_id] = time.monotonic()
            execution.mark_ended()
        if isinstance(execution.stopped_by, DiskFull | DatabaseUnreachable | RunFenced):
            self._faults[run_id] = execution.stopped_by
        # Whoever stopped us decides what becomes of the run. DBOS writes an outcome for every end but this one.
        raise asyncio.CancelledError

    async def _generation_here(self, run_id: RunId, *, started_with: int) -> int:
        """Return the generation to work with; when the run is not ours, end this execution and leave the run as it is.

        Not knowing whose it is must neither run it nor end it either: it can be resumed.
        """
        if self._generation_of is None:
            return self._resumed.get(run_id, started_with)
        try:
            generation = await self._generation_of(run_id)
        except Exception as error:
            raise asyncio.CancelledError from error
        if generation is None:
            raise asyncio.CancelledError
        return generation

    def _is_lost(self, run_id: RunId, status: WorkflowStatus) -> bool:
        """Return whether the outcome of an execution that ended here will not come to be on record with DBOS."""
        is_here = status.status == "PENDING" and status.executor_id == self._slot
        return not is_here or self._is_overdue(run_id)

    def _is_overdue(self, run_id: RunId) -> bool:
        returned_at_s = self._returned_at_s.get(run_id)
        return returned_at_s is not None and time.monotonic() - returned_at_s > self._outcome_s

    def _doubt_outcome(self, run_id: RunId, status: WorkflowStatus) -> None:
        """Raise when an outcome should have been on record for long: DBOS does not tell that it could not write it."""
        is_still_open = _state_of(status) is WorkflowState.PENDING and status.executor_id == self._slot
        if not is_still_open:
            self._returned_at_s.pop(run_id, None)
        elif self._is_overdue(run_id):
            raise DatabaseUnreachable(database="of the workflows", because="the outcome was not recorded")

    async def _rewind(self, run_id: RunId) -> None:
        """Run a failed workflow again; sleeps that are over and messages that were received stay so."""
        actions = await DBOS.list_workflow_steps_async(run_id)
        first_open = max((action["function_id"] for action in actions), default=0) + 1
        await DBOS.rewind_workflow_async(run_id, start_step=first_open, queue_name=queue_of(self._slot))

    async def _end(self, run_id: RunId) -> None:
        """Fence what still runs here for a run and wait until it has let go."""
        execution = self._executions.get(run_id)
        if execution is not None:
            execution.stop(RunFenced(run_id=run_id, generation=execution.generation))
            await execution.until_ended()

    async def _stop_what_is_not_ours(self) -> None:
        executions = dict(self._executions)
        found = await DBOS.list_workflows_async(workflow_ids=list(executions), load_input=False, load_output=False)
        for status in found:
            execution = executions[RunId(status.workflow_id)]
            if _state_of(status) is WorkflowState.CANCELLED:
                execution.stop(WorkflowCancelled(f"run {status.workflow_id} was cancelled"))
            elif await self._is_gone(execution, status):
                execution.stop(RunFenced(run_id=execution.run_id, generation=execution.generation))

    async def _is_gone(self, execution: Execution, status: WorkflowStatus) -> bool:
        """Return whether a run is another's now: DBOS may have handed it to who has no right to it; its row tells."""
        if _state_of(status) is not WorkflowState.PENDING or status.executor_id == self._slot:
            return False
        if self._generation_of is None:
            return True
        return await self._generation_of(execution.run_id) != execution.generation

    async def _status(self, run_id: RunId) -> WorkflowStatus | None:
        return await _outside_of_any_workflow(DBOS.get_workflow_status_async(run_id))


def _state_of(status: WorkflowStatus) -> WorkflowState:
    match status.status:
        case "SUCCESS":
            return WorkflowState.SUCCEEDED
        case "ERROR" | "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
            return WorkflowState.FAILED
        case "CANCELLED":
            return WorkflowState.CANCELLED
        case _:
            return WorkflowState.PENDING


def _error_of(status: WorkflowStatus) -> EaaError:
    return status.error if isinstance(status.error, EaaError) else EaaError(f"the workflow failed: {status.error}")


async def _outside_of_any_workflow(action: Coroutine[Any, Any, T]) -> T:
    """Await a DBOS call so that DBOS does not take it for a step of the workflow that happens to make it."""
    return await asyncio.create_task(action, context=contextvars.Context())
