"""The outbox in a dictionary."""

from datetime import datetime
from itertools import takewhile

from typing_extensions import override

from eaa.domain.errors import EventNotFound
from eaa.domain.event import Event
from eaa.domain.ids import EventId, RunId, TaskId
from eaa.ports.events import Events


class MemoryEvents(Events):
    """The outbox of one transaction. Transactions run one after the other, so insertion order is commit order."""

    def __init__(self, events: dict[EventId, Event]) -> None:
        self._events = events

    @override
    async def add(self, event: Event) -> None:
        self._events.setdefault(event.id, event)

    @override
    async def after(self, event_id: EventId | None, *, limit: int, task_id: TaskId | None = None) -> tuple[Event, ...]:
        events = tuple(self._events.values())
        if event_id is not None:
            positions = {event.id: position for position, event in enumerate(events)}
            events = events[positions[event_id] + 1 :] if event_id in positions else ()
        return tuple(event for event in events if task_id in (None, event.task_id))[:limit]

    @override
    async def has(self, event_id: EventId) -> bool:
        return event_id in self._events

    @override
    async def get(self, event_id: EventId) -> Event:
        if event_id not in self._events:
            raise EventNotFound(event_id=event_id)
        return self._events[event_id]

    @override
    async def before(self, event_id: EventId) -> EventId | None:
        earlier = list(takewhile(lambda one: one != event_id, self._events))
        return earlier[-1] if earlier and len(earlier) < len(self._events) else None

    @override
    async def first_since(self, time: datetime) -> EventId | None:
        return next((event.id for event in self._events.values() if event.created_at >= time), None)

    @override
    async def earliest_time_after(self, event_id: EventId | None) -> datetime | None:
        return min((event.created_at for event in await self.after(event_id, limit=len(self._events))), default=None)

    @override
    async def newest(self) -> EventId | None:
        return next(reversed(self._events), None)

    @override
    async def of_run(self, run_id: RunId) -> tuple[Event, ...]:
        return tuple(event for event in self._events.values() if event.run_id == run_id)
