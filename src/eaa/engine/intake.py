"""Opens a task and its run; the same request on the same commit is the same task."""

from dataclasses import dataclass, replace

from eaa.domain.budget import require_amount
from eaa.domain.directive import DirectiveKind, Halt, halt_of
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.errors import RunAlive, RunFenced, RunNotFound, RunStopped
from eaa.domain.event import Event
from eaa.domain.event_data import RunResumed, TaskOpened
from eaa.domain.ids import DEFAULT_ORGANISATION, CommitId, EventId, RunId, TaskId
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.plain_text import require_plain
from eaa.domain.repository import Repository
from eaa.domain.run import ENDED_STATES, Run, RunState
from eaa.domain.task import Task, TaskIdentity, origin_of_run
from eaa.domain.toggle import Toggle
from eaa.engine.approvals import approval_event
from eaa.engine.codec import decode, encode
from eaa.engine.directives import add_directive, record_halt, refuse_taken
from eaa.engine.journal import Desk, event_of_run
from eaa.engine.questions import refuse_unanswered
from eaa.engine.toggles import is_on_in, require_on
from eaa.engine.workflows.order import Order, Proposal
from eaa.ports.store import Session


@dataclass(frozen=True, slots=True)
class Request:
    """What someone asks for, ready to become a task."""

    text: str
    source: str
    repository: Repository
    base: CommitId
    kind: Kind | None
    environment: EnvironmentRequest
    origin: Origin = Origin.MEMBER
    """Of the text."""
    proposal: Proposal | None = None
    has_model: bool = False
    """Whether the roles may work with a model."""
    stops_at_plan: bool = False
    has_consent_to_push: bool = False
    """Whether a person said beforehand that whatever comes of it may leave this machine, CI files excepted."""
    budget_usd: float | None = None
    """What its models may cost where a dispatcher works on it."""
    priority: int = 0
    """Among queued runs the smallest goes first."""

    def __post_init__(self) -> None:
        """Refuse what cannot be kept, before anything is.

        Raises:
            InvalidRequest: A text of it holds a NUL, or half of a surrogate pair; or its budget is no amount.
        """
        require_plain("the request", self.text)
        require_plain("the source of the request", self.source)
        require_plain("the repository's address", self.repository.source)
        require_plain("the set-up command", self.environment.setup_command)
        require_plain("the test command", self.environment.test_command)
        require_plain("the interpreter's path", self.environment.interpreter)
        if self.budget_usd is not None:
            require_amount(self.budget_usd)


@dataclass(frozen=True, slots=True)
class Opened:
    """The run of a request."""

    run: Run
    order: Order
    is_new: bool
    """False when an unfinished run of the same task was there already."""
    takeovers: int = 0
    """How often processes that worked on it were gone, in a row, before it was claimed."""


async def open_run(request: Request, *, owner_slot: str | None, desk: Desk) -> Opened:
    """Return the unfinished run of the same request, or a new one owned by this process's slot.

    Without a slot the new run is queued: whoever resumes it works on it.
    """
    async with desk.store.begin() as session:
        return await open_run_in(session, request, owner_slot=owner_slot, desk=desk)


async def open_run_in(session: Session, request: Request, *, owner_slot: str | None, desk: Desk) -> Opened:
    """Do what `open_run` does in a transaction that is open already."""
    attempts = 0
    task = await same_task(session, request)
    if task is not None:
        runs = await session.runs.of_task(task.id)
        attempts = len(runs)
        for run in runs:
            if run.state not in ENDED_STATES:
                return Opened(run=run, order=await order_of(session, run.id), is_new=False)
    await require_on(session, Toggle.INTAKE)
    is_known = task is not None
    task = task or new_task(request, desk)
    run = new_run(request, task, owner_slot=owner_slot, attempt=attempts + 1, desk=desk)
    order = Order(
        run_id=run.id,
        repository=request.repository,
        base=request.base,
        request=request.environment,
        proposal=request.proposal,
        # Decided once, and on record: whoever works on the run later does the same.
        has_model=request.has_model and await is_on_in(session, Toggle.MODELS),
        stops_at_plan=request.stops_at_plan,
        budget_usd=request.budget_usd,
    )
    if not is_known:
        await session.tasks.add(task)
        await session.events.add(opened(task, desk))
    await session.runs.add(run)
    await session.events.add(started(run, task, order, desk))
    if request.has_consent_to_push:
        await session.events.add(approval_event(None, run=run, desk=desk))
    return Opened(run=run, order=order, is_new=True)


async def take_over(seen: Run, *, owner_slot: str, desk: Desk) -> Opened:
    """Make this process the owner of a run and return it; one that failed or waited is running again.

    Args:
        seen: The run as it was when its owner was found to be gone.
        owner_slot: The slot of this process.
        desk: Where runs are kept.

    Raises:
        RunNotFound: There is no such run.
        RunAlive: Another process has taken it over since it was seen. Nothing is changed.
        RunStopped: A person has stopped it; it is cancelled then.
        WorkspaceTaken: A person has its workspace. Nothing is changed.
        InvalidRequest: It waits for an answer that nobody gave. Nothing is changed.
    """
    async with desk.store.begin() as session:
        try:
            await session.runs.hold(seen.id, generation=seen.generation)
        except RunFenced:
            raise RunAlive(run_id=seen.id) from None
        directives = await session.directives.of_run(seen.id)
        refuse_taken(seen.id, directives)
        await refuse_unanswered(session, seen)
        run = await session.runs.take_over(seen.id, owner_slot=owner_slot)
        halt = halt_of(directives)
        if halt is not Halt.STOPPED:
            return Opened(
                run=await _going_on(session, run, halt, desk), order=await order_of(session, run.id), is_new=False
            )
        # Whoever said so died before he could end it.
        await record_halt(session, run, halt, desk=desk)
    raise RunStopped(run_id=seen.id)


async def disown(slot: str, *, desk: Desk) -> None:
    """Note that nobody works on the runs that a former holder of a slot left behind; the caller holds it now."""
    async with desk.store.begin() as session:
        for run in await session.runs.in_state(DEFAULT_ORGANISATION, frozenset(RunState) - ENDED_STATES):
            if run.owner_slot == slot:
                await session.runs.update(replace(run, owner_slot=None))


async def unfinished_runs(desk: Desk) -> tuple[Run, ...]:
    """Return the runs that have not ended, oldest first."""
    async with desk.store.begin() as session:
        return await session.runs.in_state(DEFAULT_ORGANISATION, frozenset(RunState) - ENDED_STATES)


async def same_task(session: Session, request: Request) -> Task | None:
    """Return the task of the same request on the same commit, if there is one."""
    return await session.tasks.same(
        TaskIdentity(
            organisation_id=DEFAULT_ORGANISATION,
            text=request.text,
            origin=request.origin,
            repository_source=request.repository.source,
            base=request.base,
            kind=request.kind,
        )
    )


async def order_of(session: Session, run_id: RunId) -> Order:
    """Return what a run was started with.

    Raises:
        RunNotFound: There is no such run.
    """
    for event in await session.events.of_run(run_id):
        if event.type == "run.started":
            return decode(event.data, Order)
    raise RunNotFound(run_id=run_id)


async def _going_on(session: Session, run: Run, halt: Halt | None, desk: Desk) -> Run:
    """Write that a run goes on in this process."""
    if halt is Halt.PAUSED:
        await add_directive(session, run, DirectiveKind.RESUME, desk=desk)
    if run.state is not RunState.QUEUED:
        origin = origin_of_run(await session.tasks.get(run.task_id))
        data = encode(RunResumed(generation=run.generation))
        await session.events.add(event_of_run(run, origin, "run.resumed", data, desk=desk))
    if run.state not in (RunState.QUEUED, RunState.FAILED, RunState.WAITING):
        return run
    running = replace(run, state=RunState.RUNNING, updated_at=desk.clock.now())
    await session.runs.update(running)
    return running


def new_task(request: Request, desk: Desk) -> Task:
    """Return a request as a task."""
    return Task(
        id=TaskId(desk.ids.new("tsk")),
        organisation_id=DEFAULT_ORGANISATION,
        text=request.text,
        origin=request.origin,
        source=request.source,
        repository_source=request.repository.source,
        base=request.base,
        kind=request.kind,
        created_at=desk.clock.now(),
    )


def new_run(request: Request, task: Task, *, owner_slot: str | None, attempt: int, desk: Desk) -> Run:
    """Return a new attempt at a task, owned by a slot."""
    now = desk.clock.now()
    return Run(
        id=RunId(desk.ids.new("run")),
        organisation_id=DEFAULT_ORGANISATION,
        task_id=task.id,
        state=RunState.QUEUED if owner_slot is None else RunState.RUNNING,
        attempt=attempt,
        verdict=None,
        base_commit=request.base,
        head_commit=None,
        owner_slot=owner_slot,
        generation=1,
        created_at=now,
        updated_at=now,
        priority=request.priority,
    )


def opened(task: Task, desk: Desk) -> Event:
    """Return the event of a new task, which belongs to none of its runs."""
    return Event(
        id=EventId(desk.ids.new("evt")),
        organisation_id=task.organisation_id,
        task_id=task.id,
        run_id=None,
        type="task.opened",
        data=encode(TaskOpened(source=task.source, origin=task.origin)),
        created_at=task.created_at,
        origin=task.origin,
    )


def started(run: Run, task: Task, order: Order, desk: Desk) -> Event:
    """Return the event that keeps a run's order."""
    return event_of_run(run, origin_of_run(task), "run.started", encode(order), desk=desk)
