"""Slots in a set."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count

from typing_extensions import override

from eaa.domain.errors import SlotTaken
from eaa.ports.slots import Slots


class MemorySlots(Slots):
    """Slots of one process; the process is every holder at once."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    @override
    def hold(self, slot: str) -> AbstractAsyncContextManager[str]:
        return self._hold(slot)

    @override
    def hold_first_free(self, prefix: str) -> AbstractAsyncContextManager[str]:
        free = next(slot for number in count() if (slot := f"{prefix}-{number}") not in self._held)
        return self._hold(free)

    @override
    async def is_held(self, slot: str) -> bool:
        return slot in self._held

    @asynccontextmanager
    async def _hold(self, slot: str) -> AsyncIterator[str]:
        if slot in self._held:
            raise SlotTaken(slot=slot)
        self._held.add(slot)
        try:
            yield slot
        finally:
            self._held.discard(slot)
