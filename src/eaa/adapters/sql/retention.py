"""Retention over the tables of one database."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, tuple_, union
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Database, Statements
from eaa.adapters.sql.faults import translated
from eaa.domain.ids import BlobId, EventId
from eaa.domain.old_work import OldWork
from eaa.domain.run import RunState
from eaa.ports.retention import Retention

_calls, _packs, _runs, _events = schema.role_calls, schema.commit_packs, schema.runs, schema.events
_OVER = (RunState.DONE, RunState.CANCELLED)
"""A run that failed can be resumed."""
_PACK_KEY = tuple_(_packs.c.repository_id, _packs.c.commit, _packs.c.run_id)


class SqlRetention(Retention):
    """Forgets rows by their keys, a few hundred at a time: nobody waits long for a lock."""

    def __init__(self, engine: Database, *, name: str) -> None:
        self._engine = engine
        self._name = name

    @override
    async def old_work(self, *, ended_before: datetime, limit: int) -> OldWork:
        with translated(self._name):
            async with self._engine.begin() as connection:
                is_over = (_runs.c.state.in_(_OVER), _runs.c.updated_at < ended_before)
                old_calls = (
                    select(_calls.c.id, _calls.c.brief, _calls.c.artefact)
                    .join(_runs, _runs.c.id == _calls.c.run_id)
                    .where(*is_over, _calls.c.ended_at.is_not(None))
                    .limit(limit)
                )
                calls = (await connection.execute(old_calls)).all()
                old_packs = (
                    select(_packs.c.repository_id, _packs.c.commit, _packs.c.run_id, _packs.c.blob)
                    .join(_runs, _runs.c.id == _packs.c.run_id)
                    .where(*is_over)
                    .limit(limit - len(calls))
                )
                packs = (await connection.execute(old_packs)).all()
                work = OldWork(
                    calls=tuple(row.id for row in calls),
                    packs=tuple((row.repository_id, row.commit, row.run_id) for row in packs),
                )
                named = {blob for row in calls for blob in (row.brief, row.artefact) if blob is not None}
                blobs = named | {row.blob for row in packs}
                used = await _used_by_others(connection, blobs, work)
                return OldWork(work.calls, work.packs, frozenset(blobs) - used)

    @override
    async def forget_work(self, work: OldWork) -> None:
        with translated(self._name):
            async with self._engine.begin() as connection:
                await connection.execute(delete(_calls).where(_calls.c.id.in_(work.calls)))
                await connection.execute(delete(_packs).where(_PACK_KEY.in_(work.packs)))

    @override
    async def forget_events(
        self, *, before: datetime, types: Collection[str], published: EventId | None, limit: int
    ) -> int:
        with translated(self._name):
            async with self._engine.begin() as connection:
                passed = await _passed_by_all(connection, published)
                if passed is None:
                    return 0
                old = (
                    select(_events.c.position)
                    .where(_events.c.created_at < before, _events.c.position < passed, _events.c.type.in_(types))
                    .where(_is_of_a_run_that_is_over(), ~_is_failed_at())
                    .order_by(_events.c.created_at)
                    .limit(limit)
                )
                forgotten = delete(_events).where(_events.c.position.in_(old)).returning(_events.c.position)
                return len((await connection.execute(forgotten)).all())


async def _used_by_others(connection: Statements, blobs: set[BlobId], work: OldWork) -> frozenset[BlobId]:
    """Return which of the blobs other rows than these refer to."""
    steps, transcripts = schema.steps, schema.transcripts
    other = _calls.c.id.not_in(work.calls)
    users = union(
        select(steps.c.output_blob.label("blob")).where(steps.c.output_blob.in_(blobs)),
        select(transcripts.c.content_blob).where(transcripts.c.content_blob.in_(blobs)),
        select(_calls.c.brief).where(_calls.c.brief.in_(blobs), other),
        select(_calls.c.artefact).where(_calls.c.artefact.in_(blobs), other),
        select(_packs.c.blob).where(_packs.c.blob.in_(blobs), _PACK_KEY.not_in(work.packs)),
    )
    return frozenset((await connection.execute(users)).scalars())


async def _passed_by_all(connection: Statements, published: EventId | None) -> int | None:
    """Return the first position that somebody still needs; None when that cannot be told."""
    readers = schema.event_readers
    if (await connection.execute(select(readers.c.consumer).where(readers.c.event_id.is_(None)))).first() is not None:
        return None
    places = select(func.min(_events.c.position)).where(_events.c.id.in_(select(readers.c.event_id)))
    newest = select(func.max(_events.c.position))
    found = [(await connection.execute(query)).scalar_one_or_none() for query in (places, newest)]
    if published is not None:
        end = select(_events.c.position).where(_events.c.id == published)
        found.append((await connection.execute(end)).scalar_one_or_none())
        if found[-1] is None:
            return None
    return min((position for position in found if position is not None), default=None)


def _is_of_a_run_that_is_over() -> ColumnElement[bool]:
    over = exists().where(_runs.c.id == _events.c.run_id, _runs.c.state.in_(_OVER))
    return or_(_events.c.run_id.is_(None), over)


def _is_failed_at() -> ColumnElement[bool]:
    failures = schema.event_failures
    return exists().where(failures.c.event_id == _events.c.id)
