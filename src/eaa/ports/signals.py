"""Knocks between processes: they make waiting short, and nothing depends on one."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Listening(Protocol):
    """Signals of some topics, from the moment at which listening began."""

    async def wait(self, *, timeout_s: float) -> frozenset[str]:
        """Return the topics that were rung since the last call, at once when there are any; none after the time.

        A connection that was lost counts as a ring of every topic: whoever waits looks again.
        """
        ...


class Signals(Protocol):
    """Rings topics for whoever listens, in this process and, where the adapter can, in others."""

    async def ring(self, *topics: str) -> None:
        """Tell listeners that something about the topics is on record now. Never raises: it may be lost.

        A topic is at most 200 characters long, such as `runs`, `role-calls:pm`, `role-call:<id>`, `events`.
        """
        ...

    def listen(self, *topics: str) -> AbstractAsyncContextManager[Listening]:
        """Listen to topics inside the block. A topic that ends in `*` stands for all that begin like it."""
        ...
