"""Executor slots: who is alive, proved by a lock that the kernel or the database drops with its holder."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Slots(Protocol):
    """Locks by name, held by at most one live process."""

    def hold(self, slot: str) -> AbstractAsyncContextManager[str]:
        """Hold exactly this slot until the block, or the process, ends.

        Raises:
            SlotTaken: Another live holder has it.
        """
        ...

    def hold_first_free(self, prefix: str) -> AbstractAsyncContextManager[str]:
        """Hold the first free of `<prefix>-0`, `<prefix>-1`, … and yield its name."""
        ...

    async def is_held(self, slot: str) -> bool:
        """Return whether a live process (this one included) holds a slot."""
        ...
