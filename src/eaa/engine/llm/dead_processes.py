"""Reservations that processes left behind when they died."""

from eaa.domain.errors import SlotTaken
from eaa.ports.budgets import Budgets
from eaa.ports.slots import Slots


async def book_reservations_of_the_dead(budgets: Budgets, slots: Slots) -> int:
    """Book what nobody will settle as spent, since the provider may have been paid, and return how many they were.

    A slot is held while its reservations are booked: a new process that is about to take it would otherwise see its own
    first reservations booked.
    """
    booked = 0
    for owner_slot in sorted(await budgets.owners()):
        if await slots.is_held(owner_slot):
            continue
        try:
            async with slots.hold(owner_slot):
                booked += await budgets.release_of(owner_slot)
        except SlotTaken:
            continue
    return booked
