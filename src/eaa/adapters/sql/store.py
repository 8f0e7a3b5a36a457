"""Transactions over SQLite or Postgres."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from typing_extensions import override

from eaa.adapters.sql.commit_packs import SqlCommitPacks
from eaa.adapters.sql.database import Database, Statements
from eaa.adapters.sql.directives import SqlDirectives
from eaa.adapters.sql.effects import SqlEffects
from eaa.adapters.sql.engine import database_name, open_engine
from eaa.adapters.sql.event_counts import SqlEventCounts
from eaa.adapters.sql.event_readers import SqlEventReaders
from eaa.adapters.sql.events import SqlEvents
from eaa.adapters.sql.faults import translated
from eaa.adapters.sql.kept_replies import SqlKeptReplies
from eaa.adapters.sql.runs import SqlRuns
from eaa.adapters.sql.schedules import SqlSchedules
from eaa.adapters.sql.steps import SqlSteps
from eaa.adapters.sql.tasks import SqlTasks
from eaa.adapters.sql.toggle_settings import SqlToggleSettings
from eaa.adapters.sql.transcripts import SqlTranscripts
from eaa.ports.store import Session, Store


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator["SqlStore"]:
    """Open the store of a migrated database and close its connections at the end of the block.

    Args:
        url: `sqlite:///<absolute path>` or `postgresql://user:password@host/name`.
    """
    engine = open_engine(url)
    try:
        yield SqlStore(engine, name=database_name(url))
    finally:
        await engine.dispose()


class SqlSession(Session):
    """One transaction on one connection."""

    def __init__(self, connection: Statements) -> None:
        self._tasks = SqlTasks(connection)
        self._runs = SqlRuns(connection)
        self._steps = SqlSteps(connection)
        self._transcripts = SqlTranscripts(connection)
        self._directives = SqlDirectives(connection)
        self._effects = SqlEffects(connection)
        self._events = SqlEvents(connection)
        self._readers = SqlEventReaders(connection)
        self._event_counts = SqlEventCounts(connection)
        self._schedules = SqlSchedules(connection)
        self._kept_replies = SqlKeptReplies(connection)
        self._toggle_settings = SqlToggleSettings(connection)
        self._commit_packs = SqlCommitPacks(connection)

    @property
    @override
    def tasks(self) -> SqlTasks:
        return self._tasks

    @property
    @override
    def runs(self) -> SqlRuns:
        return self._runs

    @property
    @override
    def steps(self) -> SqlSteps:
        return self._steps

    @property
    @override
    def transcripts(self) -> SqlTranscripts:
        return self._transcripts

    @property
    @override
    def directives(self) -> SqlDirectives:
        return self._directives

    @property
    @override
    def effects(self) -> SqlEffects:
        return self._effects

    @property
    @override
    def events(self) -> SqlEvents:
        return self._events

    @property
    @override
    def readers(self) -> SqlEventReaders:
        return self._readers

    @property
    @override
    def event_counts(self) -> SqlEventCounts:
        return self._event_counts

    @property
    @override
    def schedules(self) -> SqlSchedules:
        return self._schedules

    @property
    @override
    def kept_replies(self) -> SqlKeptReplies:
        return self._kept_replies

    @property
    @override
    def toggle_settings(self) -> SqlToggleSettings:
        return self._toggle_settings

    @property
    @override
    def commit_packs(self) -> SqlCommitPacks:
        return self._commit_packs


class SqlStore(Store):
    """Keeps everything in one database. Blocks must not be nested: the inner one would wait for the outer in vain."""

    def __init__(self, engine: Database, *, name: str) -> None:
        self._engine = engine
        self._name = name

    @override
    def begin(self) -> AbstractAsyncContextManager[Session]:
        return self._transaction()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Session]:
        with translated(self._name):
            async with self._engine.begin() as connection:
                yield SqlSession(connection)
