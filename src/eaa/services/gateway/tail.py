"""Wakes everybody who waits for events: one look at the outbox for all of them, and none while nobody waits."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from eaa.domain.errors import DatabaseUnreachable, DiskFull
from eaa.domain.ids import EventId
from eaa.engine.event_relay import EVENTS_TOPIC
from eaa.engine.looking import look_until
from eaa.ports.signals import Signals
from eaa.ports.store import Store

LOOK_S = 0.25
"""Between two looks while somebody waits and nobody rings."""
_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class EventTail:
    """Knows which event is the newest."""

    store: Store
    signals: Signals
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process comes to its end: streams end, and their readers go on at another replica."""
    newest: EventId | None = None
    """As it was found by the last look. A reader remembers it before it reads, for `wait`."""
    _waiting: set[asyncio.Event] = field(default_factory=set)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self) -> None:
        """Look and wake until `closing` is set."""
        async with self.signals.listen(EVENTS_TOPIC) as listening:
            while not self.closing.is_set():
                await self._until_wanted()
                idle = asyncio.Event()
                watching = asyncio.ensure_future(self._until_idle(idle))
                try:
                    await look_until(idle, self._look, listening=listening)
                finally:
                    watching.cancel()

    async def wait(self, *, since: EventId | None, timeout_s: float) -> None:
        """Return when there may be a newer event, the time is over, or the process comes to its end.

        Args:
            since: `newest` as it was before the reader read; it returns at once when there is a newer one by now.
            timeout_s: How long to wait.
        """
        if self.newest != since:
            return
        woken = asyncio.Event()
        self._waiting.add(woken)
        self._wanted.set()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await woken.wait()
        finally:
            self._waiting.discard(woken)

    def close(self) -> None:
        """Wake everybody for the last time."""
        self.closing.set()
        self._wanted.set()
        self._wake()

    async def _until_wanted(self) -> None:
        await self._wanted.wait()
        self._wanted.clear()

    async def _until_idle(self, idle: asyncio.Event) -> None:
        while self._waiting and not self.closing.is_set():  # noqa: ASYNC110 - readers come and go without a word
            await asyncio.sleep(LOOK_S)
        idle.set()

    async def _look(self) -> float:
        try:
            async with self.store.begin() as session:
                newest = await session.events.newest()
        except (DatabaseUnreachable, DiskFull) as error:
            _log.warning("events.wait", code=error.code)
            return LOOK_S
        if newest != self.newest:
            self.newest = newest
            self._wake()
        return LOOK_S

    def _wake(self) -> None:
        for woken in self._waiting:
            woken.set()
