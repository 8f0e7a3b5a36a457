"""What every kind of slot promises."""

import asyncio

import pytest

from eaa.domain.errors import SlotTaken
from eaa.ports.slots import Slots


async def test_a_slot_is_held_for_the_length_of_its_block(slots: Slots) -> None:
    async with slots.hold("cli-0") as slot:
        assert slot == "cli-0"
        assert await slots.is_held("cli-0")

    assert not await slots.is_held("cli-0")


async def test_a_held_slot_is_not_given_again(slots: Slots) -> None:
    async with slots.hold("cli-0"):
        with pytest.raises(SlotTaken, match="cli-0"):
            async with slots.hold("cli-0"):
                pass

        assert await slots.is_held("cli-0")


async def test_a_slot_is_free_again_after_a_block_that_raised(slots: Slots) -> None:
    with pytest.raises(KeyError):
        async with slots.hold("cli-0"):
            raise KeyError

    async with slots.hold("cli-0") as slot:
        assert slot == "cli-0"


async def test_the_first_free_slot_is_given(slots: Slots) -> None:
    async with (
        slots.hold("role-pm-1"),
        slots.hold_first_free("role-pm") as first,
        slots.hold_first_free("role-pm") as second,
    ):
        assert (first, second) == ("role-pm-0", "role-pm-2")


async def test_a_slot_that_nobody_ever_held_is_free(slots: Slots) -> None:
    assert not await slots.is_held("nobody-7")


async def test_asking_never_takes_a_slot_away_from_who_wants_it(slots: Slots) -> None:
    async def ask() -> None:
        for _ in range(50):
            await slots.is_held("cli-0")

    asking = asyncio.create_task(ask())
    for _ in range(20):
        async with slots.hold("cli-0"):
            await asyncio.sleep(0)
    await asking
