"""The outbox of events, inside a transaction of the store."""

from datetime import datetime
from typing import Protocol

from eaa.domain.event import Event
from eaa.domain.ids import EventId, RunId, TaskId


class Events(Protocol):
    """Keeps events in the order of their commits and hands them out again."""

    async def add(self, event: Event) -> None:
        """Add an event; adding the same id again changes nothing."""
        ...

    async def after(self, event_id: EventId | None, *, limit: int, task_id: TaskId | None = None) -> tuple[Event, ...]:
        """Return events, of one task if it is given, added after the given one (from the start for None), oldest first.

        There are none after an event that is not there; `has` says whether it is.
        """
        ...

    async def has(self, event_id: EventId) -> bool:
        """Return whether there is an event with this id."""
        ...

    async def get(self, event_id: EventId) -> Event:
        """Return an event.

        Raises:
            EventNotFound: There is none with this id.
        """
        ...

    async def before(self, event_id: EventId) -> EventId | None:
        """Return the event that was added just before another one; None when that is the first."""
        ...

    async def first_since(self, time: datetime) -> EventId | None:
        """Return the event that was added first of those that happened at a time or later; None when there is none."""
        ...

    async def earliest_time_after(self, event_id: EventId | None) -> datetime | None:
        """Return the earliest time at which any of the events added after the given one happened; None without any."""
        ...

    async def newest(self) -> EventId | None:
        """Return the event that was added last, None when there is none."""
        ...

    async def of_run(self, run_id: RunId) -> tuple[Event, ...]:
        """Return the events of a run, oldest first."""
        ...
