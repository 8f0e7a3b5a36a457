"""Who works: heartbeats of the processes that hold slots."""

from datetime import timedelta
from typing import Protocol

from eaa.domain.executor import Executor


class Executors(Protocol):
    """Keeps one row a slot. All times are the database's own, so that hosts' clocks do not matter."""

    async def beat(self, slot: str, *, host: str, process_id: int, is_draining: bool = False) -> None:
        """Say that the holder of a slot is alive; the first beat of another process starts the row anew.

        Raises:
            DatabaseUnreachable: It could not be said.
        """
        ...

    async def leave(self, slot: str, *, host: str, process_id: int) -> None:
        """Forget a slot when it is still this process's: it has ended in good order."""
        ...

    async def all(self) -> tuple[Executor, ...]:
        """Return every known executor, sorted by slot."""
        ...

    async def silent(self, *, for_longer_than: timedelta) -> frozenset[str]:
        """Return the slots whose last beat is older than that."""
        ...

    async def prune(self, *, older_than: timedelta) -> int:
        """Forget slots that were silent for so long; return how many."""
        ...
