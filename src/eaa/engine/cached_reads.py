"""Costly reads, made once for everybody who asks at the same time, and kept until the world has changed.

A key names the state that was read, such as the newest event. A new event makes a new key: what was read before it is
never given to anybody who asks after it, and there is nothing to take out of the cache.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from eaa.ports.clock import Clock
from eaa.ports.shared_cache import CachedRead, SharedCache

CLAIM_S = 10.0
"""After which whoever reads for all counts as gone; the next one reads then."""
_POLL_S = 0.02
Make = Callable[[], Awaitable[bytes]]


class Way(StrEnum):
    """How a read was answered."""

    HIT = "hit"
    MISS = "miss"
    WAITED = "waited"
    """Somebody else was reading already."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a read found."""

    read: CachedRead
    way: Way


@dataclass(slots=True, kw_only=True)
class CachedReads:
    """One a process."""

    near: SharedCache
    """Of this process alone."""
    shared: SharedCache | None
    """Of all replicas; None: this process is alone."""
    clock: Clock
    owner: str
    """Names this process among the others."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    counts: Counter[tuple[str, Way]] = field(default_factory=Counter)
    """Reads by their name and how they were answered."""
    _making: dict[str, "asyncio.Task[Found]"] = field(default_factory=dict)

    async def read(self, name: str, state: str, make: Make, *, for_s: float) -> Found:
        """Return what a read finds, made at most once at a time among all who share the cache.

        Args:
            name: Of the read, such as `costs`; few enough for a metric's label.
            state: What is read, and in which state of the world.
            make: Reads. Its error goes to everybody who waits for it, and is not kept.
            for_s: How long what was found is kept at most.
        """
        key = f"{name}:{state}"
        kept = await self.near.get(key)
        if kept is not None:
            return self._counted(name, Found(kept, Way.HIT))
        making = self._making.get(key)
        is_first = making is None
        if making is None:
            # Of its own: whoever asked first may leave, and the others still wait.
            making = self._making[key] = asyncio.create_task(self._made(key, make, for_s))
            making.add_done_callback(lambda task: self._ended(key, task))
        found = await asyncio.shield(making)
        return self._counted(name, found if is_first else Found(found.read, Way.WAITED))

    async def _made(self, key: str, make: Make, for_s: float) -> Found:
        shared = self.shared
        if shared is None:
            return Found(await self._read_anew(key, make, for_s), Way.MISS)
        kept = await shared.get(key)
        if kept is not None:
            return Found(await self._near(key, kept, for_s), Way.HIT)
        deadline_s = self.clock.monotonic_s() + CLAIM_S
        while not await shared.claim(key, owner=self.owner, for_s=CLAIM_S):
            await self.sleep(_POLL_S)
            kept = await shared.get(key)
            if kept is not None:
                return Found(await self._near(key, kept, for_s), Way.WAITED)
            if self.clock.monotonic_s() > deadline_s:
                break
        try:
            # Whoever had the claim may have been done between the two questions.
            kept = await shared.get(key)
            if kept is not None:
                return Found(await self._near(key, kept, for_s), Way.WAITED)
            return Found(await self._read_anew(key, make, for_s), Way.MISS)
        finally:
            await shared.release(key, owner=self.owner)

    async def _read_anew(self, key: str, make: Make, for_s: float) -> CachedRead:
        read = CachedRead(await make(), self.clock.now())
        if self.shared is not None:
            await self.shared.put(key, read, for_s=for_s)
        return await self._near(key, read, for_s)

    async def _near(self, key: str, read: CachedRead, for_s: float) -> CachedRead:
        left_s = for_s - (self.clock.now() - read.made_at).total_seconds()
        if left_s > 0:
            await self.near.put(key, read, for_s=min(left_s, for_s))
        return read

    def _ended(self, key: str, task: "asyncio.Task[Found]") -> None:
        self._making.pop(key, None)
        if not task.cancelled():
            # Looked at, so that nobody is told of an error that had no hearer left.
            task.exception()

    def _counted(self, name: str, found: Found) -> Found:
        self.counts[name, found.way] += 1
        return found
