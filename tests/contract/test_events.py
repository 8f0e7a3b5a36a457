"""What every outbox promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from eaa.domain.errors import EventNotFound
from eaa.domain.ids import EventId, RunId, TaskId
from eaa.ports.store import Store
from tests.makers import NOON, make_event


async def test_events_come_back_in_the_order_of_their_commits(store: Store) -> None:
    names = ["evt_c", "evt_a", "evt_b"]
    for name in names:
        async with store.begin() as session:
            await session.events.add(make_event(event_id=name))

    async with store.begin() as session:
        found = await session.events.after(None, limit=10)

    assert found == tuple(make_event(event_id=name) for name in names)


async def test_a_reader_goes_on_after_the_last_event_it_saw(store: Store) -> None:
    async with store.begin() as session:
        for number in range(5):
            await session.events.add(make_event(event_id=f"evt_{number}"))

    async with store.begin() as session:
        page = await session.events.after(EventId("evt_1"), limit=2)
        end = await session.events.after(EventId("evt_4"), limit=2)

    assert [event.id for event in page] == ["evt_2", "evt_3"]
    assert end == ()


async def test_after_an_unknown_event_there_is_nothing(store: Store) -> None:
    async with store.begin() as session:
        await session.events.add(make_event())
        assert await session.events.after(EventId("evt_unknown"), limit=2) == ()


async def test_adding_the_same_id_again_changes_nothing(store: Store) -> None:
    async with store.begin() as session:
        await session.events.add(make_event(data=b'"first"'))
        await session.events.add(make_event(data=b'"second"'))

    async with store.begin() as session:
        assert await session.events.after(None, limit=9) == (make_event(data=b'"first"'),)


async def test_events_of_a_run_leave_out_the_others(store: Store) -> None:
    async with store.begin() as session:
        for event in (
            make_event(),
            make_event(event_id="evt_2", run_id="run_2"),
            make_event(event_id="evt_3", run_id=None),
        ):
            await session.events.add(event)

    async with store.begin() as session:
        assert await session.events.of_run(RunId("run_1")) == (make_event(),)
        assert len(await session.events.after(None, limit=9)) == 3


async def test_a_reader_that_follows_concurrent_writers_misses_nothing(store: Store) -> None:
    seen: list[str] = []

    async def write(writer: int) -> None:
        for number in range(5):
            async with store.begin() as session:
                await session.events.add(make_event(event_id=f"evt_{writer}_{number}"))
                await asyncio.sleep(0)

    async def follow() -> None:
        while len(seen) < 20:
            async with store.begin() as session:
                last = EventId(seen[-1]) if seen else None
                seen.extend(event.id for event in await session.events.after(last, limit=3))
            await asyncio.sleep(0)

    async with asyncio.timeout(60):
        await asyncio.gather(follow(), *map(write, range(4)))
    assert sorted(seen) == sorted({f"evt_{writer}_{number}" for writer in range(4) for number in range(5)})


async def test_a_reader_may_follow_one_task(store: Store) -> None:
    async with store.begin() as session:
        assert await session.events.newest() is None
        for number in range(4):
            await session.events.add(make_event(event_id=f"evt_{number}", task_id=f"tsk_{number % 2}"))

    async with store.begin() as session:
        found = await session.events.after(EventId("evt_1"), limit=9, task_id=TaskId("tsk_1"))
        newest = await session.events.newest()
        there = [await session.events.has(EventId(name)) for name in ("evt_0", "evt_9")]

    assert [event.id for event in found] == ["evt_3"]
    assert newest == "evt_3"
    assert there == [True, False]


async def test_an_event_and_the_one_before_it_are_found(store: Store) -> None:
    async with store.begin() as session:
        for number in range(3):
            await session.events.add(make_event(event_id=f"evt_{number}"))

    async with store.begin() as session:
        found = await session.events.get(EventId("evt_1"))
        before = [await session.events.before(EventId(f"evt_{number}")) for number in (0, 2, 9)]
        since = [await session.events.first_since(NOON + timedelta(seconds=number)) for number in (0, 1)]
        with pytest.raises(EventNotFound, match="evt_9"):
            await session.events.get(EventId("evt_9"))

    assert found == make_event(event_id="evt_1")
    assert before == [None, "evt_1", None]
    assert since == ["evt_0", None]


async def test_the_earliest_time_is_of_the_events_that_come_after(store: Store) -> None:
    async with store.begin() as session:
        assert await session.events.earliest_time_after(None) is None
        for name, minutes in (("evt_0", 0), ("evt_1", 3), ("evt_2", 2)):
            await session.events.add(replace(make_event(event_id=name), created_at=NOON + timedelta(minutes=minutes)))

    async with store.begin() as session:
        found = [await session.events.earliest_time_after(EventId(name)) for name in ("evt_0", "evt_2")]
        assert await session.events.earliest_time_after(None) == NOON
    assert found == [NOON + timedelta(minutes=2), None]
