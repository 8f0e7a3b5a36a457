"""Counted anew, every event counts once: those that wait, those that were not read, those of the day before."""

from dataclasses import replace
from datetime import datetime, timedelta

from eaa.domain.event import Event
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.engine.event_counting import count_anew
from tests.makers import NOON, make_event
from tests.unit.engine.test_event_consumer import LONG_S, World

DAY = timedelta(days=1)
MIDNIGHT = NOON.replace(hour=0)


def event_at(name: str, time: datetime) -> Event:
    """Return an event; the letter of its name is its task."""
    return replace(make_event(event_id=f"evt_{name}", task_id=f"tsk_{name[0]}"), created_at=time)


async def counted_after_replay(world: World) -> list[int]:
    """Count today anew, let a reader read all there is, and return the counts of yesterday and today."""
    async with world.store.begin() as session:
        await count_anew(session, since=NOON.date())
    world.poison.clear()
    for _ in range(3):
        world.clock.advance(LONG_S)
        await world.reader().read_some()
    async with world.store.begin() as session:
        counts = await session.event_counts.since(DEFAULT_ORGANISATION, (NOON - DAY).date())
    return [one.count for one in counts]


async def test_what_waits_from_before_the_start_is_not_forgotten() -> None:
    world = World(poison={"evt_a1"})
    await world.add(event_at("a1", NOON - DAY), event_at("b1", NOON))
    await world.reader().read_some()

    assert await counted_after_replay(world) == [1, 1]


async def test_what_was_not_read_yet_is_not_passed_by() -> None:
    world = World()
    await world.add(event_at("a1", NOON - DAY), event_at("a2", NOON - DAY), event_at("b1", NOON))

    assert await counted_after_replay(world) == [2, 1]


async def test_an_event_of_the_day_before_that_came_late_counts_once() -> None:
    world = World()
    await world.add(
        event_at("a1", NOON - DAY), event_at("b1", MIDNIGHT), event_at("c1", MIDNIGHT - timedelta(seconds=1))
    )
    await world.reader().read_some()

    assert await counted_after_replay(world) == [2, 1]
