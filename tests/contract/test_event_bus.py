"""What every event bus promises."""

import asyncio

import pytest

from eaa.ports.event_bus import BusEnd, BusMoved, EventBus
from tests.makers import make_event


async def test_a_new_stream_ends_nowhere(bus: EventBus) -> None:
    assert await bus.end() == BusEnd(0, None)


async def test_the_stream_ends_with_what_was_published_last(bus: EventBus) -> None:
    end = await bus.end()
    for number in range(3):
        end = await bus.publish(make_event(event_id=f"evt_{number}"), after=end)

    assert end == await bus.end() == BusEnd(3, make_event(event_id="evt_2").id)


async def test_who_does_not_know_where_the_stream_ends_publishes_nothing(bus: EventBus) -> None:
    start = await bus.end()
    end = await bus.publish(make_event(event_id="evt_1"), after=start)

    for event_id in ("evt_1", "evt_2"):
        with pytest.raises(BusMoved):
            await bus.publish(make_event(event_id=event_id), after=start)

    assert await bus.end() == end


async def test_of_many_at_once_one_publishes(bus: EventBus) -> None:
    end = await bus.end()
    events = [make_event(event_id=f"evt_{number}") for number in range(6)]

    results = await asyncio.gather(*(bus.publish(one, after=end) for one in events), return_exceptions=True)

    assert sum(isinstance(result, BusEnd) for result in results) == 1
    assert sum(isinstance(result, BusMoved) for result in results) == 5
    assert (await bus.end()).position == 1
