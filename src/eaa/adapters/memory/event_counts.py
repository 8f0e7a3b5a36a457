"""Counts of events in a dictionary."""

from datetime import date

from typing_extensions import override

from eaa.domain.event_count import EventCount
from eaa.domain.ids import OrganisationId
from eaa.ports.event_counts import EventCounts

Key = tuple[OrganisationId, date, str]


class MemoryEventCounts(EventCounts):
    """The counts of one transaction."""

    def __init__(self, counts: dict[Key, int]) -> None:
        self._counts = counts

    @override
    async def add(self, organisation_id: OrganisationId, *, day: date, event_type: str) -> None:
        key = (organisation_id, day, event_type)
        self._counts[key] = self._counts.get(key, 0) + 1

    @override
    async def since(self, organisation_id: OrganisationId, day: date) -> tuple[EventCount, ...]:
        found = sorted((on, name, count) for (ours, on, name), count in self._counts.items() if ours == organisation_id)
        return tuple(EventCount(on, name, count) for on, name, count in found if on >= day)

    @override
    async def forget(self, *, since: date) -> None:
        for key in [key for key in self._counts if key[1] >= since]:
            del self._counts[key]
