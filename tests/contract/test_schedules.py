"""What every keeper of turns promises."""

import asyncio
from datetime import timedelta

from eaa.ports.store import Store
from tests.makers import NOON

HOUR = timedelta(hours=1)


async def test_a_turn_comes_again_after_its_time(store: Store) -> None:
    async with store.begin() as session:
        turns = [
            await session.schedules.take_turn("forget", every=HOUR, now=NOON),
            await session.schedules.take_turn("forget", every=HOUR, now=NOON + HOUR / 2),
            await session.schedules.take_turn("look", every=HOUR, now=NOON),
            await session.schedules.take_turn("forget", every=HOUR, now=NOON + HOUR),
            await session.schedules.take_turn("forget", every=HOUR, now=NOON + HOUR),
        ]

    assert turns == [True, False, True, True, False]


async def test_of_many_processes_one_has_the_turn(store: Store) -> None:
    async def take() -> bool:
        async with store.begin() as session:
            return await session.schedules.take_turn("forget", every=HOUR, now=NOON)

    first = await asyncio.gather(*(take() for _ in range(6)))

    assert sum(first) == 1


async def test_the_last_turn_is_on_record(store: Store) -> None:
    async with store.begin() as session:
        never = await session.schedules.last("forget")
        await session.schedules.take_turn("forget", every=HOUR, now=NOON)
        await session.schedules.take_turn("forget", every=HOUR, now=NOON + HOUR / 2)

    async with store.begin() as session:
        assert (never, await session.schedules.last("forget")) == (None, NOON)
