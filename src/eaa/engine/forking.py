"""Forks: a new run that begins with what a recorded one had done before a step, and works on with another model."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from eaa.domain.environment import EnvironmentRequest
from eaa.domain.recording import RecordedStep, Recording
from eaa.domain.repository import Repository
from eaa.domain.transcript import Noted, Opened
from eaa.engine.codec import encode
from eaa.engine.intake import Opened as OpenedRun
from eaa.engine.intake import Request, new_run, new_task, same_task, started
from eaa.engine.journal import Desk
from eaa.engine.recording import order_of
from eaa.engine.replay.beginning import entries_before, step_record, transcript_row
from eaa.engine.workflows.order import Fork, Order, Place
from eaa.kit.digest import sha256_hex


@dataclass(frozen=True, slots=True)
class ForkRequest:
    """Where a fork comes from and where it goes on."""

    recording: Recording
    fork: Fork
    repository: Repository
    """Of this machine, with the recorded base commit; the new branch goes there."""
    environment: EnvironmentRequest
    place: Place
    """As it is here; what the record says of its machine is not believed."""


async def open_fork(wanted: ForkRequest, *, owner_slot: str, desk: Desk) -> OpenedRun:
    """Return a new run that begins with the recorded steps and conversations; they are durable on return.

    A fork never opens a pull request: it leaves a branch and evidence.
    """
    recording, recorded = wanted.recording, order_of(wanted.recording)
    request = Request(
        text=recording.task.text,
        source=recording.task.source,
        repository=wanted.repository,
        base=recorded.base,
        kind=recording.task.kind,
        environment=wanted.environment,
        origin=recording.task.origin,
        has_model=True,
    )
    async with desk.store.begin() as session:
        task = await same_task(session, request)
        attempts = len(await session.runs.of_task(task.id)) if task is not None else 0
    task = task or new_task(request, desk)
    run = new_run(request, task, owner_slot=owner_slot, attempt=attempts + 1, desk=desk)
    order = Order(
        run_id=run.id,
        repository=wanted.repository,
        base=recorded.base,
        request=wanted.environment,
        has_model=True,
        fork=wanted.fork,
    )
    steps = [await step_record(step, run, input_sha256, blobs=desk.blobs) for step, input_sha256 in _chained(wanted)]
    rows = [
        await transcript_row(_for_model(noted, wanted.fork.model), run, context, blobs=desk.blobs)
        for context, entries in entries_before(recording, wanted.fork.step).items()
        for noted in entries
    ]
    async with desk.store.begin() as session:
        await session.tasks.add(task)
        await session.runs.add(run)
        for step in steps:
            await session.steps.put(step)
        for row in rows:
            await session.transcripts.append(row)
        await session.events.add(started(run, task, order, desk))
    return OpenedRun(run=run, order=order, is_new=True)


def _chained(wanted: ForkRequest) -> Iterator[tuple[RecordedStep, str]]:
    """Yield the steps before the fork with the hash of what each took in: the output before it, as it is now."""
    taken_in = b""
    for step in wanted.recording.steps:
        if step.sequence >= wanted.fork.step:
            return
        here = replace(step, output=encode(wanted.place)) if step.sequence == 1 else step
        yield here, sha256_hex(taken_in)
        taken_in = here.output


def _for_model(noted: Noted, model: str) -> Noted:
    """Return an entry of a conversation that another model goes on with."""
    return replace(noted, entry=replace(noted.entry, model=model)) if isinstance(noted.entry, Opened) else noted
