"""The outbox in a table.

Order: SQLite runs one writing transaction at a time, so positions rise in the order of commits. In Postgres a
transaction that adds an event holds a lock from then to its commit, so the same is true there: no event ever appears
before one that a reader has already passed. A rolled-back transaction leaves a gap, which readers do not notice.
"""

from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_once
from eaa.adapters.sql.rows import event_of, row_of
from eaa.adapters.sql.signal_channel import CHANNEL
from eaa.domain.errors import EventNotFound
from eaa.domain.event import Event
from eaa.domain.ids import EventId, RunId, TaskId
from eaa.ports.events import Events

_table = schema.events
_OUTBOX_LOCK = 0x0EAA_0B0C
"""Our own number among Postgres' advisory locks."""
# The knock is delivered with the commit, and never without it.
_LOCK_AND_KNOCK = select(func.pg_advisory_xact_lock(_OUTBOX_LOCK), func.pg_notify(CHANNEL, "events"))


class SqlEvents(Events):
    """The outbox of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def add(self, event: Event) -> None:
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(_LOCK_AND_KNOCK)
        await insert_once(self._connection, _table, row_of(event))

    @override
    async def after(self, event_id: EventId | None, *, limit: int, task_id: TaskId | None = None) -> tuple[Event, ...]:
        given = {"start": event_id, "task": task_id}
        values = {name: value for name, value in given.items() if value is not None}
        found = await self._connection.execute(_later(frozenset(values)), {**values, "most": limit})
        return tuple(map(event_of, found.mappings()))

    @override
    async def has(self, event_id: EventId) -> bool:
        found = await self._connection.execute(select(_table.c.position).where(_table.c.id == event_id))
        return found.first() is not None

    @override
    async def get(self, event_id: EventId) -> Event:
        row = (await self._connection.execute(select(_table).where(_table.c.id == event_id))).mappings().first()
        if row is None:
            raise EventNotFound(event_id=event_id)
        return event_of(row)

    @override
    async def before(self, event_id: EventId) -> EventId | None:
        place = select(_table.c.position).where(_table.c.id == event_id).scalar_subquery()
        earlier = select(_table.c.id).where(_table.c.position < place).order_by(_table.c.position.desc()).limit(1)
        return (await self._connection.execute(earlier)).scalar_one_or_none()

    @override
    async def first_since(self, time: datetime) -> EventId | None:
        later = select(_table.c.id).where(_table.c.created_at >= time).order_by(_table.c.position).limit(1)
        return (await self._connection.execute(later)).scalar_one_or_none()

    @override
    async def earliest_time_after(self, event_id: EventId | None) -> datetime | None:
        earliest = select(func.min(_table.c.created_at))
        if event_id is not None:
            place = select(_table.c.position).where(_table.c.id == event_id).scalar_subquery()
            earliest = earliest.where(_table.c.position > place)
        return (await self._connection.execute(earliest)).scalar_one_or_none()

    @override
    async def newest(self) -> EventId | None:
        last = select(_table.c.id).order_by(_table.c.position.desc()).limit(1)
        return (await self._connection.execute(last)).scalar_one_or_none()

    @override
    async def of_run(self, run_id: RunId) -> tuple[Event, ...]:
        events = select(_table).where(_table.c.run_id == run_id).order_by(_table.c.position)
        found = await self._connection.execute(events)
        return tuple(map(event_of, found.mappings()))


@cache
def _later(given: frozenset[str]) -> Select[tuple[object, ...]]:
    """Return the events behind `start` and of `task`, as far as they are given, `most` at most."""
    later = select(_table).order_by(_table.c.position).limit(bindparam("most"))
    if "start" in given:
        start = select(_table.c.position).where(_table.c.id == bindparam("start")).scalar_subquery()
        later = later.where(_table.c.position > start)
    if "task" in given:
        later = later.where(_table.c.task_id == bindparam("task"))
    return later
