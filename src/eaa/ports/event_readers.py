"""How far named readers of the outbox are, and what they could not deal with; inside a transaction of the store."""

from datetime import datetime
from typing import Protocol

from eaa.domain.event_failure import EventFailure
from eaa.domain.ids import EventId, OrganisationId


class EventReaders(Protocol):
    """A reader is worked on by one process at a time; whoever moves it proves that nobody else has."""

    async def lease(self, consumer: str, *, owner: str, now: datetime, until: datetime) -> bool:
        """Take or keep a reader for a process until a time; False while another one has it. An unknown one is made."""
        ...

    async def place(self, consumer: str) -> EventId | None:
        """Return the last event that a reader is done with; None: it has read nothing."""
        ...

    async def move(self, consumer: str, *, seen: EventId | None, to: EventId) -> bool:
        """Be done with an event; False, and nothing moved, when the reader is not where `seen` says."""
        ...

    async def go_back(self, consumer: str, to: EventId | None) -> None:
        """Let a reader that is further read again what comes after an event; what it had failed at there is dropped.

        A reader that has not come so far stays where it is. Nobody moves it until the transaction ends.
        """
        ...

    async def put(self, failure: EventFailure) -> None:
        """Keep or replace what a reader could not deal with."""
        ...

    async def get(self, consumer: str, event_id: EventId) -> EventFailure | None:
        """Return one of them."""
        ...

    async def remove(self, failure: EventFailure) -> bool:
        """Forget one; False, and nothing forgotten, when it is not as given any more.

        Of several processes that try, one is told True, once the others have ended their transactions.
        """
        ...

    async def waiting(self, consumer: str) -> tuple[EventFailure, ...]:
        """Return what waits for another try, in the order of the outbox."""
        ...

    async def dead(self, organisation_id: OrganisationId, *, limit: int) -> tuple[EventFailure, ...]:
        """Return dead letters of all readers, newest first."""
        ...
