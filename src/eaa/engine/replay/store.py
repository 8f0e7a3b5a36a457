"""A store that holds everything written to it against a record."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from typing_extensions import override

from eaa.domain.ids import RunId
from eaa.domain.step import StepRecord
from eaa.domain.transcript import TranscriptRow
from eaa.engine.agent.entries import decode_entry
from eaa.engine.replay.course import Course
from eaa.ports.blobs import Blobs
from eaa.ports.commit_packs import CommitPacks
from eaa.ports.directives import Directives
from eaa.ports.effects import Effects
from eaa.ports.event_counts import EventCounts
from eaa.ports.event_readers import EventReaders
from eaa.ports.events import Events
from eaa.ports.kept_replies import KeptReplies
from eaa.ports.runs import Runs
from eaa.ports.schedules import Schedules
from eaa.ports.steps import Steps
from eaa.ports.store import Session, Store
from eaa.ports.tasks import Tasks
from eaa.ports.toggle_settings import ToggleSettings
from eaa.ports.transcripts import Transcripts


class ComparedStore(Store):
    """Writes into another store what is as it was recorded; what is not never gets there."""

    def __init__(self, store: Store, course: Course, blobs: Blobs) -> None:
        self._store = store
        self._course = course
        self._blobs = blobs

    @override
    def begin(self) -> AbstractAsyncContextManager[Session]:
        return self._transaction()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Session]:
        async with self._store.begin() as session:
            yield _Session(session, self._course, self._blobs)
        self._course.settle()


class _Session(Session):
    def __init__(self, inner: Session, course: Course, blobs: Blobs) -> None:
        self._inner = inner
        self._steps = _Steps(inner.steps, course, blobs)
        self._transcripts = _Transcripts(inner.transcripts, course, blobs)

    @property
    @override
    def tasks(self) -> Tasks:
        return self._inner.tasks

    @property
    @override
    def runs(self) -> Runs:
        return self._inner.runs

    @property
    @override
    def steps(self) -> Steps:
        return self._steps

    @property
    @override
    def transcripts(self) -> Transcripts:
        return self._transcripts

    @property
    @override
    def directives(self) -> Directives:
        return self._inner.directives

    @property
    @override
    def effects(self) -> Effects:
        return self._inner.effects

    @property
    @override
    def events(self) -> Events:
        return self._inner.events

    @property
    @override
    def readers(self) -> EventReaders:
        return self._inner.readers

    @property
    @override
    def event_counts(self) -> EventCounts:
        return self._inner.event_counts

    @property
    @override
    def schedules(self) -> Schedules:
        return self._inner.schedules

    @property
    @override
    def toggle_settings(self) -> ToggleSettings:
        return self._inner.toggle_settings

    @property
    @override
    def kept_replies(self) -> KeptReplies:
        return self._inner.kept_replies

    @property
    @override
    def commit_packs(self) -> CommitPacks:
        return self._inner.commit_packs


class _Steps(Steps):
    def __init__(self, inner: Steps, course: Course, blobs: Blobs) -> None:
        self._inner = inner
        self._course = course
        self._blobs = blobs

    @override
    async def put(self, step: StepRecord) -> None:
        output = step.output if step.output_blob is None else await self._blobs.get(step.output_blob)
        self._course.step(step.sequence, step.name, output)
        await self._inner.put(step)

    @override
    async def of_run(self, run_id: RunId) -> tuple[StepRecord, ...]:
        return await self._inner.of_run(run_id)


class _Transcripts(Transcripts):
    def __init__(self, inner: Transcripts, course: Course, blobs: Blobs) -> None:
        self._inner = inner
        self._course = course
        self._blobs = blobs

    @override
    async def append(self, row: TranscriptRow) -> None:
        content = row.content if row.content_blob is None else await self._blobs.get(row.content_blob)
        self._course.entry(row.context, row.sequence, decode_entry(row.kind, content))
        await self._inner.append(row)

    @override
    async def of(self, run_id: RunId, context: str) -> tuple[TranscriptRow, ...]:
        return await self._inner.of(run_id, context)

    @override
    async def contexts(self, run_id: RunId) -> tuple[str, ...]:
        return await self._inner.contexts(run_id)
