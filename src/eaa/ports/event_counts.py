"""How often what happened, inside a transaction of the store."""

from datetime import date
from typing import Protocol

from eaa.domain.event_count import EventCount
from eaa.domain.ids import OrganisationId


class EventCounts(Protocol):
    """Counts by day and type."""

    async def add(self, organisation_id: OrganisationId, *, day: date, event_type: str) -> None:
        """Count one event."""
        ...

    async def since(self, organisation_id: OrganisationId, day: date) -> tuple[EventCount, ...]:
        """Return the counts of a day and later ones, by day and type."""
        ...

    async def forget(self, *, since: date) -> None:
        """Remove the counts of a day and later ones, to be counted anew."""
        ...
