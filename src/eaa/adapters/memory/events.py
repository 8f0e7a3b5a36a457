"""The outbox in a dictionary."""

from typing_extensions import override

from eaa.domain.event import Event
from eaa.domain.ids import EventId, RunId
from eaa.ports.events import Events


class MemoryEvents(Events):
    """The outbox of one transaction. Transactions run one after the other, so insertion order is commit order."""

    def __init__(self, events: dict[EventId, Event]) -> None:
        self._events = events

    @override
    async def add(self, event: Event) -> None:
        self._events.setdefault(event.id, event)

    @override
    async def after(self, event_id: EventId | None, *, limit: int) -> tuple[Event, ...]:
        events = tuple(self._events.values())
        if event_id is None:
            return events[:limit]
        positions = {event.id: position for position, event in enumerate(events)}
        if event_id not in positions:
            return ()
        start = positions[event_id] + 1
        return events[start : start + limit]

    @override
    async def of_run(self, run_id: RunId) -> tuple[Event, ...]:
        return tuple(event for event in self._events.values() if event.run_id == run_id)
