"""What every keeper of counts promises."""

from datetime import date

from eaa.domain.event_count import EventCount
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.ports.store import Store

FIRST, SECOND = date(2026, 11, 25), date(2026, 11, 26)


async def test_events_are_counted_by_day_and_type(store: Store) -> None:
    other = OrganisationId("org_other")
    told = [(SECOND, "run.ended"), (FIRST, "run.started"), (SECOND, "run.ended"), (SECOND, "run.started")]
    async with store.begin() as session:
        for day, name in told:
            await session.event_counts.add(DEFAULT_ORGANISATION, day=day, event_type=name)
        await session.event_counts.add(other, day=FIRST, event_type="run.ended")

    async with store.begin() as session:
        everything = await session.event_counts.since(DEFAULT_ORGANISATION, FIRST)
        later = await session.event_counts.since(DEFAULT_ORGANISATION, SECOND)
        await session.event_counts.forget(since=SECOND)
        left = await session.event_counts.since(DEFAULT_ORGANISATION, FIRST)

    assert everything == (
        EventCount(FIRST, "run.started", 1),
        EventCount(SECOND, "run.ended", 2),
        EventCount(SECOND, "run.started", 1),
    )
    assert later == everything[1:]
    assert left == everything[:1]
