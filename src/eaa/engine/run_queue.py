"""The queue of runs: who works on what next, and how a run comes back into it."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace

from eaa.domain.crashes import ALONE_AFTER, MOST_TAKEOVERS
from eaa.domain.directive import DirectiveKind, Halt, halt_of
from eaa.domain.errors import InvalidRequest, RunFenced
from eaa.domain.event import Event
from eaa.domain.event_data import RunParked, RunResumed
from eaa.domain.ids import DEFAULT_ORGANISATION, RunId
from eaa.domain.parked import RunCrashes
from eaa.domain.run import Run, RunState
from eaa.domain.task import origin_of_run
from eaa.engine.codec import decode, encode
from eaa.engine.directives import add_directive, record_halt, refuse_taken
from eaa.engine.intake import Opened, order_of
from eaa.engine.journal import Desk, event_of_run
from eaa.engine.questions import refuse_unanswered
from eaa.engine.reach import Reach
from eaa.engine.workflows.order import Order
from eaa.ports.store import Session

RUNS_TOPIC = "runs"
"""Rung when a run was queued, or a place to work on one became free."""


class _NotLookedAt(Exception):
    """Undoes a claim: nobody has looked yet whether the run's source is here. To look may take a disk's time."""

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self.order = order


class _NotBesideOthers(Exception):
    """Undoes a claim."""


async def claim_run(
    *, owner_slot: str, at_once: int | None, desk: Desk, reach: Reach | None = None, is_busy: bool = False
) -> Opened | None:
    """Make the next queued run this slot's own and return it; None when there is nothing to begin now.

    Runs that a person has stopped or paused while they were queued are ended or parked on the way, and so are those
    that end whoever works on them.

    Args:
        owner_slot: Who will work on it.
        at_once: How many runs may be running in the whole installation; None for no limit.
        desk: Where runs are kept.
        reach: Says which runs this machine can bring to their end; others stay queued. None where all can be.
        is_busy: Whether the process works on another run. Then one that has to be alone is left where it is, and
            nothing behind it is taken either: its turn would never come.
    """
    while True:
        try:
            return await _claim(owner_slot, at_once, desk, reach, is_busy=is_busy)
        except _NotLookedAt as claimed:
            assert reach is not None
            await reach.look(claimed.order)
        except _NotBesideOthers:
            return None


async def _claim(
    owner_slot: str, at_once: int | None, desk: Desk, reach: Reach | None, *, is_busy: bool
) -> Opened | None:
    far = frozenset[RunId]() if reach is None else reach.far()
    while True:
        async with desk.store.begin() as session:
            run = await session.runs.claim(owner_slot=owner_slot, at_once=at_once, but=far)
            if run is None:
                return None
            halt = halt_of(await session.directives.of_run(run.id))
            if halt is not None:
                await record_halt(session, run, halt, desk=desk)
                continue
            takeovers = _takeovers(await session.events.of_run(run.id))
            if takeovers >= MOST_TAKEOVERS:
                await _give_up(session, run, desk=desk)
                continue
            if takeovers >= ALONE_AFTER and is_busy:
                raise _NotBesideOthers
            order = await order_of(session, run.id)
            if reach is not None and not reach.is_near(run.id):
                raise _NotLookedAt(order)
            if run.generation > 1:
                origin = origin_of_run(await session.tasks.get(run.task_id))
                data = encode(RunResumed(generation=run.generation))
                await session.events.add(event_of_run(run, origin, "run.resumed", data, desk=desk))
            return Opened(run=run, order=order, is_new=False, takeovers=takeovers)


async def queue_waiting(run_id: RunId, *, desk: Desk) -> Run:
    """Let a run that waits, was paused or has failed go on as soon as somebody can; return it as it is then.

    Raises:
        RunNotFound: There is no such run.
        InvalidRequest: It is worked on, is over, or waits for an answer that nobody gave.
        WorkspaceTaken: A person has its workspace.
    """
    async with desk.store.begin() as session:
        return await queue_waiting_in(session, run_id, desk=desk)


async def queue_waiting_in(session: Session, run_id: RunId, *, desk: Desk) -> Run:
    """Do what `queue_waiting` does in a transaction that is open already."""
    run = await session.runs.get(run_id)
    await session.runs.hold(run_id, generation=run.generation)
    run = await session.runs.get(run_id)
    if run.state is RunState.QUEUED:
        return run
    if run.state not in (RunState.WAITING, RunState.FAILED):
        raise InvalidRequest(
            f"run {run_id} is {run.state}", hint="Only a run that waits, was paused or has failed can go on."
        )
    directives = await session.directives.of_run(run_id)
    refuse_taken(run_id, directives)
    await refuse_unanswered(session, run)
    if halt_of(directives) is Halt.PAUSED:
        await add_directive(session, run, DirectiveKind.RESUME, desk=desk)
    return await session.runs.queue_again(run_id)


async def hand_over(run: Run, *, desk: Desk) -> None:
    """Queue a run that this process has let go of; its generation stays, for nobody writes with it any more."""
    with suppress(RunFenced):
        async with desk.store.begin() as session:
            await session.runs.hold(run.id, generation=run.generation)
            stored = await session.runs.get(run.id)
            if stored.state is RunState.RUNNING:
                await session.runs.update(replace(stored, state=RunState.QUEUED, owner_slot=None))


async def release_abandoned(gone: Collection[str], *, but: Collection[RunId], desk: Desk) -> tuple[Run, ...]:
    """Queue what slots worked on that are gone, fenced against whoever wakes up again; return it as it is then.

    Args:
        gone: The slots.
        but: Runs to leave alone.
        desk: Where runs are kept.
    """
    if not gone:
        return ()
    released: list[Run] = []
    async with desk.store.begin() as session:
        running = await session.runs.in_state(DEFAULT_ORGANISATION, frozenset({RunState.RUNNING}))
        for run in running:
            if run.owner_slot not in gone or run.id in but:
                continue
            with suppress(RunFenced):
                await session.runs.hold(run.id, generation=run.generation)
                stored = await session.runs.get(run.id)
                # Its owner may have ended it while it was looked for.
                if (stored.state, stored.owner_slot) == (RunState.RUNNING, run.owner_slot):
                    released.append(await session.runs.queue_again(run.id))
    return tuple(released)


def _takeovers(events: Sequence[Event]) -> int:
    """Return how often a run was taken over since it got any further; handing over in good order does not count."""
    generations = set()
    for event in reversed(events):
        if event.type != "run.resumed":
            break
        generations.add(decode(event.data, RunResumed).generation)
    return len(generations)


async def _give_up(session: Session, run: Run, *, desk: Desk) -> None:
    """Write that a run has failed because it ends whoever works on it; a person may let it be tried again."""
    error = RunCrashes(run_id=run.id, times=MOST_TAKEOVERS)
    await session.runs.update(replace(run, state=RunState.FAILED, owner_slot=None, updated_at=desk.clock.now()))
    said = RunParked(state=RunState.FAILED, code=error.code, hint=error.hint)
    origin = origin_of_run(await session.tasks.get(run.task_id))
    await session.events.add(event_of_run(run, origin, "run.parked", encode(said), desk=desk))
