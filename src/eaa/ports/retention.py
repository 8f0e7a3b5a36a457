"""Finding and forgetting what nobody needs any more, a bounded part at a time."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from eaa.domain.ids import EventId
from eaa.domain.old_work import OldWork


class Retention(Protocol):
    """Looks over all records of a database. Each method is a short transaction of its own."""

    async def old_work(self, *, ended_before: datetime, limit: int) -> OldWork:
        """Return calls of roles and packs of commits of runs that were done or stopped for good before a time.

        Runs that failed may still go on, and keep theirs. Evidence, steps and conversations are no such work.
        """
        ...

    async def forget_work(self, work: OldWork) -> None:
        """Remove these rows; those that are gone already are passed over."""
        ...

    async def forget_events(
        self, *, before: datetime, types: Collection[str], published: EventId | None, limit: int
    ) -> int:
        """Remove events of these types and return how many; none that anybody still has to deal with.

        Kept are events of runs that may go on, those that a reader has not passed or has failed at, the place of each
        reader, the newest of all, and, where there is a bus, what comes after the last published one and that one.

        Args:
            before: When they happened at the latest.
            types: Which ones.
            published: The last event on the bus; None where there is no bus.
            limit: How many at most.
        """
        ...
