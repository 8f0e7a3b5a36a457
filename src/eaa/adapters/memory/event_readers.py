"""Readers of the outbox in dictionaries."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from typing_extensions import override

from eaa.domain.event import Event
from eaa.domain.event_failure import EventFailure
from eaa.domain.ids import EventId, OrganisationId
from eaa.ports.event_readers import EventReaders


@dataclass(frozen=True, slots=True)
class Reader:
    """How far one is, and who works on it."""

    event_id: EventId | None = None
    owner: str = ""
    until: datetime | None = None


@dataclass(slots=True)
class ReaderTables:
    """What is kept of all readers."""

    readers: dict[str, Reader] = field(default_factory=dict)
    failures: dict[tuple[str, EventId], EventFailure] = field(default_factory=dict)

    def copy(self) -> "ReaderTables":
        """Return tables whose later changes leave these alone."""
        return ReaderTables(dict(self.readers), dict(self.failures))


class MemoryEventReaders(EventReaders):
    """The readers of one transaction."""

    def __init__(self, tables: ReaderTables, events: dict[EventId, Event]) -> None:
        self._tables = tables
        self._events = events

    @override
    async def lease(self, consumer: str, *, owner: str, now: datetime, until: datetime) -> bool:
        reader = self._tables.readers.get(consumer, Reader())
        if reader.until is not None and reader.owner != owner and reader.until > now:
            return False
        self._tables.readers[consumer] = replace(reader, owner=owner, until=until)
        return True

    @override
    async def place(self, consumer: str) -> EventId | None:
        return self._tables.readers.get(consumer, Reader()).event_id

    @override
    async def move(self, consumer: str, *, seen: EventId | None, to: EventId) -> bool:
        reader = self._tables.readers.get(consumer, Reader())
        if reader.event_id != seen:
            return False
        self._tables.readers[consumer] = replace(reader, event_id=to)
        return True

    @override
    async def go_back(self, consumer: str, to: EventId | None) -> None:
        positions = {event_id: position for position, event_id in enumerate(self._events)}
        start = -1 if to is None else positions[to]
        reader = self._tables.readers.get(consumer, Reader())
        if reader.event_id is not None and positions[reader.event_id] > start:
            self._tables.readers[consumer] = replace(reader, event_id=to)
        for place in list(self._tables.failures):
            if place[0] == consumer and positions[place[1]] > start:
                del self._tables.failures[place]

    @override
    async def put(self, failure: EventFailure) -> None:
        self._tables.failures[failure.consumer, failure.event_id] = failure

    @override
    async def get(self, consumer: str, event_id: EventId) -> EventFailure | None:
        return self._tables.failures.get((consumer, event_id))

    @override
    async def remove(self, failure: EventFailure) -> bool:
        place = failure.consumer, failure.event_id
        if self._tables.failures.get(place) != failure:
            return False
        del self._tables.failures[place]
        return True

    @override
    async def waiting(self, consumer: str) -> tuple[EventFailure, ...]:
        positions = {event_id: position for position, event_id in enumerate(self._events)}
        found = [one for one in self._tables.failures.values() if one.consumer == consumer and not one.is_dead]
        return tuple(sorted(found, key=lambda one: positions[one.event_id]))

    @override
    async def dead(self, organisation_id: OrganisationId, *, limit: int) -> tuple[EventFailure, ...]:
        found = [one for one in self._tables.failures.values() if one.is_dead]
        ours = [one for one in found if one.organisation_id == organisation_id]
        return tuple(sorted(ours, key=lambda one: (one.created_at, one.event_id), reverse=True)[:limit])
