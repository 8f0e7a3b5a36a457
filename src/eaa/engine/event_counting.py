"""The reader `counts`: how many events of each type there were on each day."""

from datetime import UTC, date, datetime, timedelta

from eaa.domain.errors import InvalidRequest
from eaa.domain.event import Event
from eaa.domain.event_count import EventCount
from eaa.domain.ids import DEFAULT_ORGANISATION, EventId
from eaa.engine.retention import EVENTS_FORGOTTEN
from eaa.ports.store import Session

COUNTS = "counts"


async def count_event(session: Session, event: Event) -> None:
    """Count an event."""
    day = event.created_at.astimezone(UTC).date()
    await session.event_counts.add(event.organisation_id, day=day, event_type=event.type)


async def counts_of(session: Session, *, days: int, now: datetime) -> tuple[EventCount, ...]:
    """Return the counts of the last days, today included."""
    return await session.event_counts.since(DEFAULT_ORGANISATION, _day(now) - timedelta(days=days - 1))


async def count_anew(session: Session, *, since: date) -> EventId | None:
    """Count the events of a day and later ones anew, and return the event after which that begins.

    Events are added a little out of their order in time; where one of an earlier day comes after the first one of the
    day, its whole day is counted anew too.

    Raises:
        InvalidRequest: There is no event on that day or later, or events of that time have been forgotten.
    """
    forgotten = await session.schedules.last(EVENTS_FORGOTTEN)
    while True:
        if forgotten is not None and since <= _day(forgotten):
            raise InvalidRequest(
                f"events up to {_day(forgotten)} have been forgotten, their counts stay as they are",
                hint="Name a later day; EAA_EVENTS_KEPT_DAYS says how long events are kept.",
            )
        first = await session.events.first_since(datetime(since.year, since.month, since.day, tzinfo=UTC))
        if first is None:
            raise InvalidRequest(f"there is no event on {since} or later", hint="Name an earlier day.")
        previous = await session.events.before(first)
        earliest = await session.events.earliest_time_after(previous)
        if earliest is None or _day(earliest) >= since:
            break
        since = _day(earliest)
    # In this order: a reader that is counting ends first, and what it counted is then forgotten.
    await session.readers.go_back(COUNTS, previous)
    await session.event_counts.forget(since=since)
    return previous


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
