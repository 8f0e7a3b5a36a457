"""A stream of events in a list."""

from dataclasses import dataclass, field

from typing_extensions import override

from eaa.domain.event import Event
from eaa.ports.event_bus import BusEnd, BusMoved, BusUnreachable, EventBus


@dataclass(slots=True)
class MemoryEventBus(EventBus):
    """Forgets everything when the process ends."""

    events: list[Event] = field(default_factory=list)
    is_away: bool = False

    @override
    async def end(self) -> BusEnd:
        if self.is_away:
            raise BusUnreachable(because="it was told so")
        return BusEnd(len(self.events), self.events[-1].id if self.events else None)

    @override
    async def publish(self, event: Event, *, after: BusEnd) -> BusEnd:
        if (await self.end()).position != after.position:
            raise BusMoved
        self.events.append(event)
        return await self.end()
