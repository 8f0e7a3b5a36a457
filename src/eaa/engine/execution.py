"""One run worked on to its end, and what is put on record when it does not get there."""

from contextlib import suppress
from dataclasses import replace

from eaa.domain.errors import (
    ApprovalMissing,
    BranchTaken,
    CodeHostRefused,
    CodeHostUnreachable,
    DatabaseUnreachable,
    DiskFull,
    EaaError,
    RepositoryUnusable,
    RunFenced,
    RunPaused,
    RunStopped,
    WorkflowCancelled,
)
from eaa.domain.event_data import RunParked
from eaa.domain.model_errors import BudgetExhausted, ModelFault
from eaa.domain.parked import PlanWaits, RunCrashes, WorkParked
from eaa.domain.run import Run, RunState
from eaa.domain.task import origin_of_run
from eaa.engine.codec import decode, encode
from eaa.engine.intake import Opened
from eaa.engine.journal import Desk, event_of_run
from eaa.engine.steering import heeded_result
from eaa.engine.workflows.order import CHANGE, ChangeResult
from eaa.ports.workflow import Workflows

MENDABLE = (
    ApprovalMissing,
    CodeHostUnreachable,
    CodeHostRefused,
    BranchTaken,
    RepositoryUnusable,
    WorkParked,
    ModelFault,
    BudgetExhausted,
)
"""What a person can put right; the run waits for it."""
_NOT_THE_WORKS_FAULT = (RunStopped, RunPaused, WorkflowCancelled, RunFenced, DiskFull, DatabaseUnreachable)
"""A person ended it, or the run is somebody else's, or can go on where it stands."""


async def execute(opened: Opened, *, desk: Desk, workflows: Workflows) -> ChangeResult:
    """Work on a run that this process owns until it ends, and return its result.

    Raises:
        EaaError: What stopped it. The run waits, or has failed, and says why; or it is not this process's any more.
    """
    run = opened.run
    if await workflows.state(run.id) is None:
        argument = encode(opened.order)
        await workflows.start(CHANGE, run_id=run.id, generation=run.generation, argument=argument)
    else:
        await workflows.resume(run.id, generation=run.generation)
    try:
        output = await heeded_result(run, desk=desk, workflows=workflows)
    except _NOT_THE_WORKS_FAULT:
        raise
    except EaaError as error:
        can_be_mended = isinstance(error, MENDABLE) and not isinstance(error, RunCrashes)
        state = RunState.WAITING if can_be_mended else RunState.FAILED
        await _record_end(run, state, error, desk=desk)
        raise
    await _refuse_fenced(run, desk=desk)
    return decode(output, ChangeResult)


async def record_broken(run: Run, *, desk: Desk) -> None:
    """Write that a fault of ours ended a run, unless somebody else has taken it over; nobody begins it again."""
    with suppress(RunFenced, DatabaseUnreachable, DiskFull):
        await _record_end(run, RunState.FAILED, EaaError("a fault of eaa itself"), desk=desk)


async def _refuse_fenced(run: Run, *, desk: Desk) -> None:
    """Refuse to call a result one's own that another process came to.

    Raises:
        RunFenced: The run was taken over meanwhile.
    """
    async with desk.store.begin() as session:
        await session.runs.hold(run.id, generation=run.generation)


async def _record_end(run: Run, state: RunState, error: EaaError, *, desk: Desk) -> None:
    async with desk.store.begin() as session:
        await session.runs.hold(run.id, generation=run.generation)
        told = len(await session.directives.of_run(run.id))
        # Its message may quote a model or a request; an event holds neither.
        said = RunParked(state=state, code=error.code, hint=error.hint, subject=_subject_of(error), told=told)
        stored = await session.runs.get(run.id)
        await session.runs.update(replace(stored, state=state, owner_slot=None, updated_at=desk.clock.now()))
        origin = origin_of_run(await session.tasks.get(run.task_id))
        await session.events.add(event_of_run(run, origin, "run.parked", encode(said), desk=desk))


def _subject_of(error: EaaError) -> str | None:
    """Return what exactly a person is asked to say yes to."""
    match error:
        case ApprovalMissing():
            return error.commit
        case PlanWaits():
            return error.subject_sha256
        case _:
            return None
