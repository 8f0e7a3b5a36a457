"""Heartbeats in a dictionary."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from typing_extensions import override

from eaa.domain.executor import Executor
from eaa.ports.executors import Executors


class MemoryExecutors(Executors):
    """Forgets everything when the process ends."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Count time by a clock of the caller's."""
        self._now = now
        self._known: dict[str, Executor] = {}

    @override
    async def beat(self, slot: str, *, host: str, process_id: int, is_draining: bool = False) -> None:
        now, before = self._now(), self._known.get(slot)
        if before is None or (before.host, before.process_id) != (host, process_id):
            self._known[slot] = Executor(slot, host, process_id, started_at=now, beat_at=now, is_draining=is_draining)
        else:
            self._known[slot] = replace(before, beat_at=now, is_draining=is_draining)

    @override
    async def leave(self, slot: str, *, host: str, process_id: int) -> None:
        there = self._known.get(slot)
        if there is not None and (there.host, there.process_id) == (host, process_id):
            del self._known[slot]

    @override
    async def all(self) -> tuple[Executor, ...]:
        return tuple(self._known[slot] for slot in sorted(self._known))

    @override
    async def silent(self, *, for_longer_than: timedelta) -> frozenset[str]:
        limit = self._now() - for_longer_than
        return frozenset([slot for slot, known in self._known.items() if known.beat_at < limit])

    @override
    async def prune(self, *, older_than: timedelta) -> int:
        gone = await self.silent(for_longer_than=older_than)
        for slot in gone:
            del self._known[slot]
        return len(gone)
