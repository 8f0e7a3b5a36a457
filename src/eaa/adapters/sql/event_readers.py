"""Readers of the outbox in two tables."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, or_, select, update
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_once, insert_or_replace
from eaa.domain.event_failure import EventFailure
from eaa.domain.ids import DEFAULT_ORGANISATION, EventId, OrganisationId
from eaa.ports.event_readers import EventReaders

_readers, _failures, _events = schema.event_readers, schema.event_failures, schema.events
_PLACE = select(_readers.c.event_id).where(_readers.c.consumer == bindparam("reader"))
_WAITING = (
    select(_failures)
    .select_from(_failures.join(_events, _events.c.id == _failures.c.event_id))
    .where(_failures.c.consumer == bindparam("reader"), _failures.c.is_dead.is_(False))
    .order_by(_events.c.position)
)


class SqlEventReaders(EventReaders):
    """The readers of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def lease(self, consumer: str, *, owner: str, now: datetime, until: datetime) -> bool:
        fresh = {"organisation_id": DEFAULT_ORGANISATION, "consumer": consumer, "event_id": None}
        await insert_once(self._connection, _readers, {**fresh, "owner": owner, "leased_until": until})
        free = or_(_readers.c.owner == owner, _readers.c.leased_until <= now)
        taken = update(_readers).where(_readers.c.consumer == consumer, free)
        found = await self._connection.execute(
            taken.values(owner=owner, leased_until=until).returning(_readers.c.consumer)
        )
        return found.first() is not None

    @override
    async def place(self, consumer: str) -> EventId | None:
        return (await self._connection.execute(_PLACE, {"reader": consumer})).scalar_one_or_none()

    @override
    async def move(self, consumer: str, *, seen: EventId | None, to: EventId) -> bool:
        is_there = _readers.c.event_id.is_(None) if seen is None else _readers.c.event_id == seen
        moved = update(_readers).where(_readers.c.consumer == consumer, is_there).values(event_id=to)
        return (await self._connection.execute(moved.returning(_readers.c.consumer))).first() is not None

    @override
    async def go_back(self, consumer: str, to: EventId | None) -> None:
        ours = _readers.c.consumer == consumer
        # Held, moved or not: whoever reads meanwhile waits, and then finds the reader elsewhere.
        await self._connection.execute(select(_readers.c.event_id).where(ours).with_for_update())
        again = select(_events.c.id)
        if to is not None:
            place = select(_events.c.position).where(_events.c.id == to).scalar_subquery()
            again = again.where(_events.c.position > place)
        await self._connection.execute(update(_readers).where(ours, _readers.c.event_id.in_(again)).values(event_id=to))
        await self._connection.execute(
            delete(_failures).where(_failures.c.consumer == consumer, _failures.c.event_id.in_(again))
        )

    @override
    async def put(self, failure: EventFailure) -> None:
        row = {field.name: getattr(failure, field.name) for field in fields(failure)}
        await insert_or_replace(self._connection, _failures, row)

    @override
    async def get(self, consumer: str, event_id: EventId) -> EventFailure | None:
        wanted = select(_failures).where(_failures.c.consumer == consumer, _failures.c.event_id == event_id)
        row = (await self._connection.execute(wanted)).mappings().first()
        return None if row is None else _failure_of(row)

    @override
    async def remove(self, failure: EventFailure) -> bool:
        it = (_failures.c.consumer == failure.consumer, _failures.c.event_id == failure.event_id)
        as_given = (
            _failures.c.attempts == failure.attempts,
            _failures.c.is_dead == failure.is_dead,
            _failures.c.next_at == failure.next_at,
        )
        removed = delete(_failures).where(*it, *as_given).returning(_failures.c.event_id)
        return (await self._connection.execute(removed)).first() is not None

    @override
    async def waiting(self, consumer: str) -> tuple[EventFailure, ...]:
        found = await self._connection.execute(_WAITING, {"reader": consumer})
        return tuple(map(_failure_of, found.mappings()))

    @override
    async def dead(self, organisation_id: OrganisationId, *, limit: int) -> tuple[EventFailure, ...]:
        ours = (_failures.c.organisation_id == organisation_id, _failures.c.is_dead.is_(True))
        newest = select(_failures).where(*ours).order_by(_failures.c.created_at.desc(), _failures.c.event_id.desc())
        return tuple(map(_failure_of, (await self._connection.execute(newest.limit(limit))).mappings()))


def _failure_of(row: RowMapping) -> EventFailure:
    values: dict[str, Any] = dict(row)
    return EventFailure(**values)
