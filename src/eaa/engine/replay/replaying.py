"""Repeats a run along its record: the same workflow, real tests in real sandboxes; models and people are recorded."""

from dataclasses import dataclass, replace

from eaa.domain.errors import ConsentMissing, DiskFull, EaaError, EnvironmentMissing, SandboxUnavailable
from eaa.domain.model_errors import BudgetExhausted, ModelFault
from eaa.domain.parked import WorkParked
from eaa.domain.run import RunState
from eaa.engine.agent.entries import kind_of
from eaa.engine.agent.limits import Limits
from eaa.engine.codec import encode
from eaa.engine.replay.beginning import entries_before, transcript_row
from eaa.engine.replay.course import Course, ProcessEnded, RecordEnds
from eaa.engine.replay.difference import Difference, ReplayDiffers
from eaa.engine.workflows.order import Order
from eaa.ports.blobs import Blobs
from eaa.ports.store import Store
from eaa.ports.workflow import Workflows

ENDLESS = Limits(answers=1 << 40, tokens=1 << 60, cost_microusd=1 << 60, wall_s=1e9)
"""Where a limit was reached is said by the record, not by this machine's clock."""
SLOT = "replay"
_OF_THE_MACHINE = (ConsentMissing, DiskFull, EnvironmentMissing, SandboxUnavailable)
"""What has to be put right before anything can be said about a record."""
_PARKING = (WorkParked, ModelFault, BudgetExhausted)


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What came of a replay."""

    difference: Difference | None
    """The first one; None when everything was as it was recorded."""
    steps: int
    """Recorded steps that came again."""
    entries: int
    """Recorded entries of conversations that came again."""
    notes: tuple[str, ...] = ()
    """What a person should know and what decides nothing."""

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return self.difference is None


async def replay(course: Course, order: Order, *, name: str, workflows: Workflows, store: Store) -> ReplayReport:
    """Run a workflow along its record until its end or the first difference.

    Args:
        course: The record.
        order: What the workflow is started with.
        name: Of the workflow.
        workflows: Of this process only; nothing of them outlasts the replay.
        store: A fresh one that `prepare` has filled.

    Raises:
        EnvironmentMissing: The project's tests cannot be run here. (`ConsentMissing`, `SandboxUnavailable`, `DiskFull`
            likewise.)
    """
    run_id, generation = course.recording.run.id, 1
    await workflows.start(name, run_id=run_id, generation=generation, argument=encode(order))
    while True:
        try:
            await workflows.result(run_id)
        except ProcessEnded:
            generation = await _raise_generation(course, generation, store)
            await workflows.resume(run_id, generation=generation)
        except (ReplayDiffers, RecordEnds):
            return _report(course)
        except _OF_THE_MACHINE:
            raise
        except EaaError as error:
            return _failed(course, error)
        else:
            return await _ended(course, store)


async def prepare(course: Course, *, first: int, store: Store, blobs: Blobs) -> None:
    """Fill an empty store with what a replay that begins at a step finds there.

    Args:
        course: The record.
        first: Number of the first step that is done again.
        store: It compares nothing yet.
        blobs: Where contents go that are too large for it.
    """
    recording = course.recording
    run = replace(recording.run, state=RunState.RUNNING, verdict=None, head_commit=None, generation=1, owner_slot=SLOT)
    rows = [
        await transcript_row(noted, run, context, blobs=blobs)
        for context, entries in entries_before(recording, first).items()
        for noted in entries
    ]
    for row in rows:
        course.skip(row.context, row.sequence)
    async with store.begin() as session:
        await session.tasks.add(recording.task)
        await session.runs.add(run)
        for row in rows:
            await session.transcripts.append(row)


async def _raise_generation(course: Course, generation: int, store: Store) -> int:
    """Take the run over as the next recorded process did."""
    wanted, run_id = course.next_generation(generation), course.recording.run.id
    async with store.begin() as session:
        while generation < wanted:
            generation = (await session.runs.take_over(run_id, owner_slot=SLOT)).generation
    return generation


async def _ended(course: Course, store: Store) -> ReplayReport:
    """Report on a workflow that came to its end."""
    recorded = course.recording.run
    async with store.begin() as session:
        run = await session.runs.get(recorded.id)
    for field, before, now in (
        ("state", recorded.state, run.state),
        ("verdict", recorded.verdict, run.verdict),
        ("head commit", recorded.head_commit, run.head_commit),
    ):
        if before != now and recorded.state is RunState.DONE:
            return _report(course, Difference("the run's end", field, str(before), str(now)))
    return _report(course, None if course.is_over else _left(course, "the end of the run"))


def _failed(course: Course, error: EaaError) -> ReplayReport:
    """Report on a workflow that failed: as recorded when the record ends there too."""
    words = f"{type(error).__name__}: {error}"
    if course.recording.run.state is RunState.DONE or not course.is_over:
        return _report(course, course.difference or _left(course, course.sameness.text(words)))
    if not isinstance(error, _PARKING):
        course.note(f"here the run ended with {words}; the record does not say with what it ended")
    return _report(course)


def _left(course: Course, now: str) -> Difference:
    """Return what the record still holds as a difference."""
    following = course.next_entries()
    if following:
        where = f"{course.active}, entry {following[0].sequence}"
        return Difference(where, "", f"`{kind_of(following[0].entry)}`", now)
    missing = next((step for step in course.recording.steps if not course.has_seen(step.sequence)), None)
    name = f"`{missing.name}`" if missing is not None else "its end"
    return Difference(f"step {missing.sequence}" if missing is not None else "the run", "", name, now)


def _report(course: Course, difference: Difference | None = None) -> ReplayReport:
    return ReplayReport(
        difference=course.difference or difference,
        steps=course.steps_seen,
        entries=course.entries_seen,
        notes=tuple(course.notes),
    )
