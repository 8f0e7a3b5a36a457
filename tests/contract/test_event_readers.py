"""What every keeper of readers promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from eaa.domain.event_failure import EventFailure
from eaa.domain.ids import DEFAULT_ORGANISATION, EventId, TaskId
from eaa.ports.store import Store
from tests.makers import NOON, make_event

SECOND = timedelta(seconds=1)


def make_failure(event_id: str, *, task_id: str = "tsk_1", attempts: int = 1, is_dead: bool = False) -> EventFailure:
    """Make a failure of the reader `counts`."""
    return EventFailure(
        organisation_id=DEFAULT_ORGANISATION,
        consumer="counts",
        event_id=EventId(event_id),
        task_id=TaskId(task_id),
        attempts=attempts,
        is_dead=is_dead,
        next_at=NOON + SECOND,
        code="fault",
        hint="",
        created_at=NOON,
    )


async def test_a_reader_is_worked_on_by_one_process_until_its_time_is_over(store: Store) -> None:
    async with store.begin() as session:
        leases = [
            await session.readers.lease("counts", owner="a", now=NOON, until=NOON + SECOND),
            await session.readers.lease("counts", owner="b", now=NOON, until=NOON + SECOND),
            await session.readers.lease("counts", owner="a", now=NOON, until=NOON + 2 * SECOND),
            await session.readers.lease("counts", owner="b", now=NOON + SECOND, until=NOON + 3 * SECOND),
            await session.readers.lease("counts", owner="b", now=NOON + 2 * SECOND, until=NOON + 3 * SECOND),
            await session.readers.lease("others", owner="a", now=NOON, until=NOON + SECOND),
        ]

    assert leases == [True, False, True, False, True, True]


async def test_a_reader_moves_only_from_where_it_is(store: Store) -> None:
    async with store.begin() as session:
        await session.readers.lease("counts", owner="a", now=NOON, until=NOON + SECOND)
        start = await session.readers.place("counts")
        moves = [
            await session.readers.move("counts", seen=None, to=EventId("evt_1")),
            await session.readers.move("counts", seen=None, to=EventId("evt_2")),
            await session.readers.move("counts", seen=EventId("evt_1"), to=EventId("evt_2")),
        ]
        place = await session.readers.place("counts")

    assert (start, moves, place) == (None, [True, False, True], "evt_2")


async def test_what_waits_comes_in_the_order_of_the_outbox_and_dead_letters_apart(store: Store) -> None:
    async with store.begin() as session:
        for name in ("evt_3", "evt_1", "evt_2", "evt_4"):
            await session.events.add(make_event(event_id=name, task_id=f"tsk_{name[-1]}"))
        for name in ("evt_1", "evt_2", "evt_3"):
            await session.readers.put(make_failure(name, task_id=f"tsk_{name[-1]}"))
        await session.readers.put(make_failure("evt_4", is_dead=True))
        await session.readers.put(make_failure("evt_2", attempts=2))
        removed = [await session.readers.remove(make_failure("evt_1", task_id="tsk_1", attempts=n)) for n in (2, 1, 1)]

    async with store.begin() as session:
        waiting = await session.readers.waiting("counts")
        dead = await session.readers.dead(DEFAULT_ORGANISATION, limit=9)
        one = await session.readers.get("counts", EventId("evt_2"))
        elsewhere = await session.readers.waiting("others")

    assert removed == [False, True, False]
    assert [(failure.event_id, failure.attempts) for failure in waiting] == [("evt_3", 1), ("evt_2", 2)]
    assert dead == (make_failure("evt_4", is_dead=True),)
    assert one == make_failure("evt_2", attempts=2)
    assert elsewhere == ()


async def test_a_reader_that_goes_back_forgets_what_it_could_not_deal_with(store: Store) -> None:
    async with store.begin() as session:
        await session.events.add(make_event())
        await session.readers.lease("counts", owner="a", now=NOON, until=NOON + SECOND)
        await session.readers.move("counts", seen=None, to=EventId("evt_1"))
        await session.readers.put(make_failure("evt_1"))
        await session.readers.put(replace(make_failure("evt_1"), consumer="others"))
        await session.readers.go_back("counts", None)

    async with store.begin() as session:
        assert await session.readers.place("counts") is None
        assert await session.readers.waiting("counts") == ()
        assert len(await session.readers.waiting("others")) == 1


async def test_a_reader_that_goes_back_keeps_what_failed_before_there_and_never_goes_forward(store: Store) -> None:
    async with store.begin() as session:
        for number in range(4):
            await session.events.add(make_event(event_id=f"evt_{number}"))
        await session.readers.lease("counts", owner="a", now=NOON, until=NOON + SECOND)
        await session.readers.move("counts", seen=None, to=EventId("evt_3"))
        await session.readers.put(make_failure("evt_0", is_dead=True))
        await session.readers.put(make_failure("evt_1"))
        await session.readers.put(make_failure("evt_2"))
        await session.readers.go_back("counts", EventId("evt_1"))
        back = await session.readers.place("counts")
        await session.readers.go_back("counts", EventId("evt_2"))

    async with store.begin() as session:
        assert (back, await session.readers.place("counts")) == ("evt_1", "evt_1")
        assert await session.readers.waiting("counts") == (make_failure("evt_1"),)
        assert await session.readers.dead(DEFAULT_ORGANISATION, limit=9) == (make_failure("evt_0", is_dead=True),)


async def test_what_waits_is_taken_by_one_of_two_transactions_that_overlap(store: Store) -> None:
    async with store.begin() as session:
        await session.readers.put(make_failure("evt_1"))
    removed: list[bool] = []

    async def remove() -> None:
        async with store.begin() as session:
            removed.append(await session.readers.remove(make_failure("evt_1")))
            await asyncio.sleep(0.05)

    async with asyncio.timeout(60):
        await asyncio.gather(remove(), remove())

    assert sorted(removed) == [False, True]
