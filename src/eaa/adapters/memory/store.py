"""Transactions over dictionaries."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from typing_extensions import override

from eaa.adapters.memory.commit_packs import MemoryCommitPacks
from eaa.adapters.memory.directives import MemoryDirectives
from eaa.adapters.memory.effects import MemoryEffects
from eaa.adapters.memory.event_counts import MemoryEventCounts
from eaa.adapters.memory.event_readers import MemoryEventReaders
from eaa.adapters.memory.events import MemoryEvents
from eaa.adapters.memory.kept_replies import MemoryKeptReplies
from eaa.adapters.memory.runs import MemoryRuns
from eaa.adapters.memory.schedules import MemorySchedules
from eaa.adapters.memory.steps import MemorySteps
from eaa.adapters.memory.tables import Tables
from eaa.adapters.memory.tasks import MemoryTasks
from eaa.adapters.memory.toggle_settings import MemoryToggleSettings
from eaa.adapters.memory.transcripts import MemoryTranscripts
from eaa.ports.store import Session, Store


class MemorySession(Session):
    """One transaction over a copy of the tables."""

    def __init__(self, tables: Tables) -> None:
        self._tasks = MemoryTasks(tables.tasks)
        self._runs = MemoryRuns(tables.runs)
        self._steps = MemorySteps(tables.steps)
        self._transcripts = MemoryTranscripts(tables.transcripts)
        self._directives = MemoryDirectives(tables.directives)
        self._effects = MemoryEffects(tables.effects)
        self._events = MemoryEvents(tables.events)
        self._readers = MemoryEventReaders(tables.readers, tables.events)
        self._event_counts = MemoryEventCounts(tables.event_counts)
        self._schedules = MemorySchedules(tables.turns)
        self._kept_replies = MemoryKeptReplies(tables.kept_replies)
        self._toggle_settings = MemoryToggleSettings(tables.toggle_settings)
        self._commit_packs = MemoryCommitPacks(tables.commit_packs)

    @property
    @override
    def tasks(self) -> MemoryTasks:
        return self._tasks

    @property
    @override
    def runs(self) -> MemoryRuns:
        return self._runs

    @property
    @override
    def steps(self) -> MemorySteps:
        return self._steps

    @property
    @override
    def transcripts(self) -> MemoryTranscripts:
        return self._transcripts

    @property
    @override
    def directives(self) -> MemoryDirectives:
        return self._directives

    @property
    @override
    def effects(self) -> MemoryEffects:
        return self._effects

    @property
    @override
    def events(self) -> MemoryEvents:
        return self._events

    @property
    @override
    def readers(self) -> MemoryEventReaders:
        return self._readers

    @property
    @override
    def event_counts(self) -> MemoryEventCounts:
        return self._event_counts

    @property
    @override
    def schedules(self) -> MemorySchedules:
        return self._schedules

    @property
    @override
    def kept_replies(self) -> MemoryKeptReplies:
        return self._kept_replies

    @property
    @override
    def toggle_settings(self) -> MemoryToggleSettings:
        return self._toggle_settings

    @property
    @override
    def commit_packs(self) -> MemoryCommitPacks:
        return self._commit_packs


class MemoryStore(Store):
    """Forgets everything when the process ends. Transactions run one after the other."""

    def __init__(self) -> None:
        self._tables = Tables()
        self._turn = asyncio.Lock()

    @override
    def begin(self) -> AbstractAsyncContextManager[Session]:
        return self._transaction()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Session]:
        async with self._turn:
            tables = self._tables.copy()
            yield MemorySession(tables)
            self._tables = tables
