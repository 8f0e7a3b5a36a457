"""Steps of a run: done once, recorded with their input, output and times, told to whoever watches.

The record is what makes a step done: it is written in one transaction with the step's event, under the run's
generation. Who takes a run from a process that has not let go of it raises that first. The workflow engine brings an
execution back; what is finished it learns here, and nowhere else.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from eaa.domain.blob import INLINE_LIMIT_BYTES
from eaa.domain.event import Event
from eaa.domain.event_data import RunHalted, StepEnded
from eaa.domain.ids import CommitId, EventId
from eaa.domain.origin import Origin
from eaa.domain.run import Run, RunState
from eaa.domain.step import StepRecord
from eaa.domain.verdict import TaskVerdict
from eaa.engine.codec import decode, encode
from eaa.kit.digest import sha256_hex
from eaa.ports.blobs import Blobs
from eaa.ports.clock import Clock
from eaa.ports.ids import Ids
from eaa.ports.progress import Progress
from eaa.ports.store import Store
from eaa.ports.workflow import Workflow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """What keeping a run's records needs."""

    store: Store
    blobs: Blobs
    clock: Clock
    ids: Ids
    progress: Progress


class Journal:
    """The steps of one execution of one run. Every write holds the run's generation first.

    `origin` is the lowest of what the run is made from; each of its events carries it.
    """

    def __init__(self, workflow: Workflow, run: Run, desk: Desk, *, origin: Origin = Origin.MACHINE) -> None:
        self._workflow = workflow
        self._run = replace(run, generation=workflow.generation)
        self._desk = desk
        self._origin = origin
        self._sequence = 0
        self._last_output = b""
        self._finished: dict[int, StepRecord] | None = None
        """By sequence, what earlier executions left on record; None before the first step."""

    async def step(
        self,
        title: str,
        kind: type[T],
        work: Callable[[], Awaitable[T]],
        *,
        event: Callable[[T], str | None],
        says: Callable[[T], str],
    ) -> T:
        """Do a step once and return its value; a finished step answers from its record.

        Args:
            title: A few words that name it, unique within the run.
            kind: What it returns.
            work: The step itself.
            event: The type of the event that a value amounts to; None for no event.
            says: One line for the person who watches.
        """
        self._sequence += 1
        sequence, taken_in = self._sequence, sha256_hex(self._last_output)
        was_done = True

        async def once() -> bytes:
            nonlocal was_done
            left = await self._output_on_record(sequence, title, taken_in)
            if left is not None:
                return left
            was_done = False
            started_at = self._desk.clock.now()
            self._desk.progress.stage_started(title)
            value = await work()
            output = encode(value)
            await self._record(sequence, title, taken_in, output, started_at, event(value))
            return output

        output = await self._workflow.step(f"{sequence} {title}", once)
        self._last_output = output
        value = decode(output, kind)
        self._desk.progress.stage_ended(title, f"{says(value)} (done before)" if was_done else says(value))
        return value

    async def end(self, state: RunState, verdict: TaskVerdict | None, head: CommitId | None) -> None:
        """Write how the run ended. Doing it again writes the same."""
        now = self._desk.clock.now()
        async with self._desk.store.begin() as session:
            await session.runs.hold(self._run.id, generation=self._run.generation)
            stored = await session.runs.get(self._run.id)
            if stored.state is state and stored.verdict is verdict and stored.head_commit == head:
                return
            await session.runs.update(replace(stored, state=state, verdict=verdict, head_commit=head, updated_at=now))
            await session.events.add(self.event("run.ended", encode(RunHalted(state, verdict))))

    def event(self, name: str, data: bytes) -> Event:
        """Return a new event of this run."""
        return event_of_run(self._run, self._origin, name, data, desk=self._desk)

    async def _output_on_record(self, sequence: int, name: str, taken_in: str) -> bytes | None:
        """Return the output of a step that an earlier execution finished, from the same input."""
        if self._finished is None:
            async with self._desk.store.begin() as session:
                steps = await session.steps.of_run(self._run.id)
            self._finished = {step.sequence: step for step in steps}
        step = self._finished.get(sequence)
        if step is None or (step.name, step.input_sha256) != (name, taken_in):
            return None
        return step.output if step.output_blob is None else await self._desk.blobs.get(step.output_blob)

    async def _record(
        self, sequence: int, name: str, taken_in: str, output: bytes, started_at: datetime, event: str | None
    ) -> None:
        is_large = len(output) > INLINE_LIMIT_BYTES
        blob = await self._desk.blobs.put(output) if is_large else None
        record = StepRecord(
            organisation_id=self._run.organisation_id,
            run_id=self._run.id,
            sequence=sequence,
            name=name,
            input_sha256=taken_in,
            output=b"" if is_large else output,
            output_blob=blob,
            started_at=started_at,
            ended_at=self._desk.clock.now(),
        )
        ended = StepEnded(step=sequence, output_sha256=sha256_hex(output))
        happened = self.event(event, encode(ended)) if event else None
        async with self._desk.store.begin() as session:
            await session.runs.hold(self._run.id, generation=self._run.generation)
            await session.steps.put(record)
            if happened is not None:
                await session.events.add(happened)
        if happened is not None:
            self._desk.progress.happened(happened)


def event_of_run(run: Run, origin: Origin, name: str, data: bytes, *, desk: Desk) -> Event:
    """Return a new event of a run, made from texts of this origin."""
    return Event(
        id=EventId(desk.ids.new("evt")),
        organisation_id=run.organisation_id,
        task_id=run.task_id,
        run_id=run.id,
        type=name,
        data=data,
        created_at=desk.clock.now(),
        origin=origin,
    )
