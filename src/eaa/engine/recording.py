"""Recordings: read out of the store, written as JSON, and read again from JSON that anybody may have written."""

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec

from eaa.domain.environment import Environment
from eaa.domain.errors import BundleUnreadable
from eaa.domain.event import Event
from eaa.domain.ids import EventId, RunId
from eaa.domain.origin import Origin
from eaa.domain.recording import RECORDING_VERSION, RecordedConversation, RecordedStep, Recording
from eaa.domain.run import Run
from eaa.domain.task import Task
from eaa.domain.transcript import Entry, Noted, Opened
from eaa.engine.agent.entries import decode_entry, encode_entry, kind_of
from eaa.engine.agent.transcript import read_transcript
from eaa.engine.codec import decode, encode
from eaa.engine.redaction import Redactor
from eaa.engine.workflows.order import Order
from eaa.ports.blobs import Blobs
from eaa.ports.store import Store

MOST_STEPS, MOST_CONVERSATIONS, MOST_ENTRIES, MOST_EVENTS = 500, 20, 20_000, 5_000
_RUN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_CONTEXT = re.compile(r"[a-z][a-z0-9 _-]{0,40}")
_STARTED = "run.started"
_HINT = "Make it again with `eaa export`."


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sequence: int
    name: Annotated[str, msgspec.Meta(max_length=200)]
    input_sha256: str
    output: Any
    started_at: datetime
    ended_at: datetime


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at: datetime
    kind: str
    entry: Any


class _Conversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    context: str
    entries: Annotated[tuple[_Entry, ...], msgspec.Meta(max_length=MOST_ENTRIES)]


class _Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    type: str
    at: datetime
    data: Any
    origin: Origin = Origin.MACHINE


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    eaa: str
    task: Task
    run: Run
    order: Any
    steps: Annotated[tuple[_Step, ...], msgspec.Meta(max_length=MOST_STEPS)]
    conversations: Annotated[tuple[_Conversation, ...], msgspec.Meta(max_length=MOST_CONVERSATIONS)]
    events: Annotated[tuple[_Event, ...], msgspec.Meta(max_length=MOST_EVENTS)]


class _WithEnvironment(msgspec.Struct, frozen=True):
    environment: Environment


async def read_recording(run_id: RunId, *, store: Store, blobs: Blobs, eaa: str) -> Recording:
    """Return the record of a run as it stands in the store.

    Args:
        run_id: The run.
        store: Where it is.
        blobs: Where what was too large for the store is.
        eaa: The version to name when the record names none.

    Raises:
        RunNotFound: There is no such run.
        BlobNotFound: Something that belongs to it is gone.
    """
    async with store.begin() as session:
        run = await session.runs.get(run_id)
        task = await session.tasks.get(run.task_id)
        steps = await session.steps.of_run(run_id)
        contexts = await session.transcripts.contexts(run_id)
        events = await session.events.of_run(run_id)
    outputs = [step.output if step.output_blob is None else await blobs.get(step.output_blob) for step in steps]
    conversations = [
        RecordedConversation(context, await read_transcript(run_id, context, store=store, blobs=blobs))
        for context in sorted(contexts)
    ]
    return Recording(
        version=RECORDING_VERSION,
        eaa=_version_in(conversations) or eaa,
        task=task,
        run=run,
        order=next((event.data for event in events if event.type == _STARTED), b"null"),
        steps=tuple(
            RecordedStep(step.sequence, step.name, step.input_sha256, output, step.started_at, step.ended_at)
            for step, output in zip(steps, outputs, strict=True)
        ),
        conversations=tuple(conversations),
        events=events,
    )


def order_of(recording: Recording) -> Order:
    """Return what the run's workflow was started with.

    Raises:
        BundleUnreadable: It is none.
    """
    try:
        return decode(recording.order, Order)
    except msgspec.ValidationError as error:
        raise BundleUnreadable(f"the run's order cannot be read: {error}", hint=_HINT) from error


def environment_of(recording: Recording) -> Environment | None:
    """Return the environment that the run worked with, as its first step says; None when it does not."""
    first = recording.step(1)
    return None if first is None else environment_in(first.output)


def environment_in(output: bytes) -> Environment | None:
    """Return the environment in the output of a step; None when there is none."""
    try:
        return decode(output, _WithEnvironment).environment
    except ValueError:
        return None


def encode_recording(recording: Recording, redactor: Redactor) -> bytes:
    """Return a recording as JSON, redacted; the same recording gives the same bytes."""
    document = _Document(
        version=recording.version,
        eaa=recording.eaa,
        task=recording.task,
        run=recording.run,
        order=decode(recording.order, object),
        steps=tuple(
            _Step(one.sequence, one.name, one.input_sha256, decode(one.output, object), one.started_at, one.ended_at)
            for one in recording.steps
        ),
        conversations=tuple(
            _Conversation(
                one.context,
                tuple(_Entry(noted.at, kind_of(noted.entry), entry_value(noted.entry)) for noted in one.entries),
            )
            for one in recording.conversations
        ),
        events=tuple(
            _Event(event.id, event.type, event.created_at, decode(event.data, object), event.origin)
            for event in recording.events
        ),
    )
    clean = redactor.value(decode(encode(document), object))
    return encode(clean) + b"\n"


def decode_recording(content: bytes) -> Recording:
    """Return the recording that `encode_recording` wrote.

    Raises:
        BundleUnreadable: It did not write this: an unknown version, fields of another kind, or names that are none.
    """
    try:
        version = decode(content, dict[str, Any]).get("version")
        if version != RECORDING_VERSION:
            raise BundleUnreadable(
                f"the record has the form {str(version)[:20]!r}, and this version of eaa reads {RECORDING_VERSION}",
                hint="Use the version of eaa that made it, or make it again with `eaa export`.",
            )
        document = decode(content, _Document)
        conversations = tuple(map(_conversation, document.conversations))
    except (ValueError, RecursionError) as error:
        raise BundleUnreadable(f"the record cannot be read: {str(error)[:300]}", hint=_HINT) from error
    recording = Recording(
        version=document.version,
        eaa=document.eaa,
        task=document.task,
        run=document.run,
        order=encode(document.order),
        steps=tuple(
            RecordedStep(one.sequence, one.name, one.input_sha256, encode(one.output), one.started_at, one.ended_at)
            for one in document.steps
        ),
        conversations=conversations,
        events=tuple(_event(one, document.run) for one in document.events),
    )
    _refuse_impossible(recording)
    return recording


def entry_value(entry: Entry) -> object:
    """Return an entry as a plain JSON value; a model's answer is an object in it, not a text."""
    value: Any = decode(encode_entry(entry), object)
    if isinstance(value.get("completion"), str):
        value = {**value, "completion": decode(value["completion"].encode(), object)}
    return value


def _entry_of(kind: str, value: Any) -> Entry:
    if isinstance(value, dict) and "completion" in value:
        value = {**value, "completion": encode(value["completion"]).decode()}
    return decode_entry(kind, encode(value))


def _conversation(one: _Conversation) -> RecordedConversation:
    entries = (
        Noted(number, entry.at, _entry_of(entry.kind, entry.entry)) for number, entry in enumerate(one.entries, start=1)
    )
    return RecordedConversation(one.context, tuple(entries))


def _event(one: _Event, run: Run) -> Event:
    return Event(
        id=EventId(one.id),
        organisation_id=run.organisation_id,
        task_id=run.task_id,
        run_id=run.id,
        type=one.type,
        data=encode(one.data),
        created_at=one.at,
        origin=one.origin,
    )


def _version_in(conversations: list[RecordedConversation]) -> str:
    opened = (one.entries[0].entry for one in conversations if one.entries)
    versions = (dict(entry.versions).get("eaa", "") for entry in opened if isinstance(entry, Opened))
    return next(versions, "")


def _refuse_impossible(recording: Recording) -> None:
    """Refuse names that would mean something to a file system or to git."""
    order, contexts = order_of(recording), [one.context for one in recording.conversations]
    numbers = [step.sequence for step in recording.steps]
    wrong = [
        (_RUN.fullmatch(recording.run.id) is None or order.run_id != recording.run.id, "the run's id"),
        (_RUN.fullmatch(recording.task.id) is None or recording.run.task_id != recording.task.id, "the task's id"),
        (_COMMIT.fullmatch(order.base) is None, "the base commit"),
        (numbers != list(range(1, len(numbers) + 1)), "the numbers of the steps"),
        (contexts != sorted(set(contexts)) or not all(map(_CONTEXT.fullmatch, contexts)), "the names of the contexts"),
    ]
    for is_wrong, what in wrong:
        if is_wrong:
            raise BundleUnreadable(f"the record cannot be used: {what} cannot be right", hint=_HINT)
