"""A stream on its way out: it begins with the first event, so that what fails before has a status of its own."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from eaa.services.orchestrator.streams import KEEP_ALIVE

KEEP_ALIVE_S = 15.0
"""Silence after which a comment is sent; proxies give up after thirty seconds and more."""


class Sending:
    """One response of server-sent events."""

    def __init__(self, request: web.Request, headers: Mapping[str, str]) -> None:
        self.response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", **headers}
        )
        self._request = request
        self._lock = asyncio.Lock()
        self._pieces = 0

    @property
    def has_begun(self) -> bool:
        """Whether the caller has a status already."""
        return self.response.prepared

    async def send(self, piece: bytes) -> None:
        """Send what may be empty.

        Raises:
            ConnectionError: The caller has gone.
        """
        if not piece:
            return
        self._pieces += 1
        if not self.has_begun:
            await self._begin()
        await self.response.write(piece)

    @asynccontextmanager
    async def kept_alive(self, quiet_s: float = KEEP_ALIVE_S) -> AsyncIterator[None]:
        """Send a comment into every long silence of the block, the one before the first event included."""
        pulse = asyncio.create_task(self._pulse(quiet_s))
        try:
            yield
        finally:
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)

    async def _pulse(self, quiet_s: float) -> None:
        while True:
            before = self._pieces
            await asyncio.sleep(quiet_s)
            if self._pieces == before:
                await self.send(KEEP_ALIVE)

    async def _begin(self) -> None:
        async with self._lock:
            if not self.has_begun:
                await self.response.prepare(self._request)
