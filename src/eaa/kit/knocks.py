"""Who in this process waits for which topic, and a knock at their doors."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager


class Hearing:
    """Collects the topics that were rung for one listener."""

    def __init__(self, topics: Collection[str]) -> None:
        self._exact = frozenset(topic for topic in topics if not topic.endswith("*"))
        self._beginnings = tuple(topic.removesuffix("*") for topic in topics if topic.endswith("*"))
        self._rung: set[str] = set()
        self._any = asyncio.Event()

    @property
    def topics(self) -> frozenset[str]:
        """The topics that are listened to by their whole name."""
        return self._exact

    def hear(self, topic: str) -> None:
        """Note that a topic was rung, if it is listened to."""
        if topic in self._exact or topic.startswith(self._beginnings):
            self._rung.add(topic)
            self._any.set()

    def hear_all(self) -> None:
        """Note that anything may have been rung."""
        self._rung |= self._exact | set(self._beginnings)
        self._any.set()

    async def wait(self, *, timeout_s: float) -> frozenset[str]:
        """Return what was rung since the last call; none after the time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._any.wait()
        except TimeoutError:
            return frozenset()
        self._any.clear()
        rung, self._rung = frozenset(self._rung), set()
        return rung


class Knocks:
    """The listeners of one process."""

    def __init__(self) -> None:
        self._hearings: set[Hearing] = set()

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._hearings)

    def ring(self, topics: Collection[str]) -> None:
        """Knock for topics."""
        for hearing in self._hearings:
            for topic in topics:
                hearing.hear(topic)

    def ring_all(self) -> None:
        """Knock at every door: something may have been missed."""
        for hearing in self._hearings:
            hearing.hear_all()

    @contextmanager
    def hearing(self, topics: Collection[str]) -> Iterator[Hearing]:
        """Listen inside the block."""
        hearing = Hearing(topics)
        self._hearings.add(hearing)
        try:
            yield hearing
        finally:
            self._hearings.discard(hearing)
