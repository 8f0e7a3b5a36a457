"""Values for tests; each maker needs only what matters to its test."""

from datetime import UTC, datetime
from itertools import count

from eaa.domain.directive import Directive, DirectiveKind
from eaa.domain.effect import Effect, EffectKind, EffectState
from eaa.domain.event import Event
from eaa.domain.ids import DEFAULT_ORGANISATION, BlobId, EffectId, EventId, OrganisationId, RunId, TaskId
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.run import Run, RunState
from eaa.domain.step import StepRecord
from eaa.domain.task import Task
from eaa.domain.transcript import TranscriptRow
from eaa.kit.digest import sha256_hex

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)

_numbers = count(1)


def new_run_id() -> RunId:
    """Return an id that no other test of this process uses."""
    return RunId(f"run_{next(_numbers):026d}")


def make_task(
    *,
    task_id: str = "tsk_1",
    organisation_id: OrganisationId = DEFAULT_ORGANISATION,
    text: str = "Fix the discount",
    kind: Kind | None = None,
    origin: Origin = Origin.MEMBER,
    repository_source: str = "shop",
    base: str = "main",
    created_at: datetime = NOON,
) -> Task:
    """Make a task."""
    return Task(
        id=TaskId(task_id),
        organisation_id=organisation_id,
        text=text,
        origin=origin,
        source="command line",
        repository_source=repository_source,
        base=base,
        kind=kind,
        created_at=created_at,
    )


def make_run(
    *,
    run_id: str = "run_1",
    organisation_id: OrganisationId = DEFAULT_ORGANISATION,
    task_id: str = "tsk_1",
    state: RunState = RunState.QUEUED,
    attempt: int = 1,
    owner_slot: str | None = "cli-0",
    generation: int = 1,
    created_at: datetime = NOON,
) -> Run:
    """Make a run."""
    return Run(
        id=RunId(run_id),
        organisation_id=organisation_id,
        task_id=TaskId(task_id),
        state=state,
        attempt=attempt,
        verdict=None,
        base_commit=None,
        head_commit=None,
        owner_slot=owner_slot,
        generation=generation,
        created_at=created_at,
        updated_at=created_at,
    )


def make_step(
    *,
    run_id: str = "run_1",
    sequence: int = 1,
    name: str = "pm",
    output: bytes = b"{}",
    output_blob: BlobId | None = None,
) -> StepRecord:
    """Make the record of a finished step."""
    return StepRecord(
        organisation_id=DEFAULT_ORGANISATION,
        run_id=RunId(run_id),
        sequence=sequence,
        name=name,
        input_sha256=sha256_hex(name.encode()),
        output=output,
        output_blob=output_blob,
        started_at=NOON,
        ended_at=NOON,
    )


def make_transcript_row(
    *,
    run_id: str = "run_1",
    context: str = "author",
    sequence: int = 1,
    kind: str = "told",
    content: bytes = b"{}",
    content_blob: BlobId | None = None,
) -> TranscriptRow:
    """Make a stored entry of a conversation."""
    return TranscriptRow(
        organisation_id=DEFAULT_ORGANISATION,
        run_id=RunId(run_id),
        context=context,
        sequence=sequence,
        kind=kind,
        content=content,
        content_blob=content_blob,
        created_at=NOON,
    )


def make_directive(
    *,
    run_id: str = "run_1",
    sequence: int = 1,
    kind: DirectiveKind = DirectiveKind.SAY,
    text: str = "Mind the edge cases.",
) -> Directive:
    """Make something that a person told a run."""
    return Directive(
        organisation_id=DEFAULT_ORGANISATION,
        run_id=RunId(run_id),
        sequence=sequence,
        kind=kind,
        text=text,
        created_at=NOON,
    )


def make_effect(
    *,
    effect_id: str = "eff_1",
    run_id: str = "run_1",
    kind: EffectKind = EffectKind.PUBLISH_BRANCH,
    marker: str = "eaa/fix-the-discount",
    state: EffectState = EffectState.INTENDED,
    receipt: str | None = None,
    created_at: datetime = NOON,
    origin: Origin = Origin.MEMBER,
) -> Effect:
    """Make an effect."""
    return Effect(
        id=EffectId(effect_id),
        organisation_id=DEFAULT_ORGANISATION,
        run_id=RunId(run_id),
        kind=kind,
        target="shop",
        marker=marker,
        payload_sha256=sha256_hex(marker.encode()),
        state=state,
        receipt=receipt,
        created_at=created_at,
        updated_at=created_at,
        origin=origin,
    )


def make_event(
    *,
    event_id: str = "evt_1",
    task_id: str = "tsk_1",
    run_id: str | None = "run_1",
    event_type: str = "run.started",
    data: bytes = b"{}",
) -> Event:
    """Make an event."""
    return Event(
        id=EventId(event_id),
        organisation_id=DEFAULT_ORGANISATION,
        task_id=TaskId(task_id),
        run_id=None if run_id is None else RunId(run_id),
        type=event_type,
        data=data,
        created_at=NOON,
        origin=Origin.MEMBER,
    )
