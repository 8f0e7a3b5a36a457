"""The outbox of events, inside a transaction of the store."""

from typing import Protocol

from eaa.domain.event import Event
from eaa.domain.ids import EventId, RunId


class Events(Protocol):
    """Keeps events in the order of their commits and hands them out again."""

    async def add(self, event: Event) -> None:
        """Add an event; adding the same id again changes nothing."""
        ...

    async def after(self, event_id: EventId | None, *, limit: int) -> tuple[Event, ...]:
        """Return events added after the given one (from the start for None), oldest first."""
        ...

    async def of_run(self, run_id: RunId) -> tuple[Event, ...]:
        """Return the events of a run, oldest first."""
        ...
