"""Knocks within one process."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from typing_extensions import override

from eaa.kit.knocks import Knocks
from eaa.ports.signals import Listening, Signals


class MemorySignals(Signals):
    """Reaches whoever listens on the same object."""

    def __init__(self) -> None:
        self._knocks = Knocks()

    @override
    async def ring(self, *topics: str) -> None:
        self._knocks.ring(topics)

    @override
    def listen(self, *topics: str) -> AbstractAsyncContextManager[Listening]:
        return self._listen(topics)

    @asynccontextmanager
    async def _listen(self, topics: Collection[str]) -> AsyncIterator[Listening]:
        with self._knocks.hearing(topics) as hearing:
            await asyncio.sleep(0)
            yield hearing
