"""Publishes what the outbox holds, in its order and each event once, however many processes try."""

import asyncio
from dataclasses import dataclass, field

import structlog

from eaa.domain.errors import EaaError
from eaa.domain.toggle import Toggle
from eaa.engine.toggles import AllOn
from eaa.ports.event_bus import BusEnd, BusMoved, EventBus
from eaa.ports.signals import Signals
from eaa.ports.store import Store
from eaa.ports.toggles import Toggles

EVENTS_TOPIC = "events"
"""Rung by databases that can when an event was committed."""
LOOK_S = 1.0
BATCH = 200
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0
_log = structlog.get_logger()


class StreamForeign(EaaError):
    """The stream ends with an event that this database does not have."""

    code = "bus.foreign"

    def __init__(self, event_id: str) -> None:
        super().__init__(
            f"the stream ends with {event_id}, which this database does not have",
            hint="Two installations share one stream: give each a NATS account of its own.",
        )


@dataclass(slots=True, kw_only=True)
class EventRelay:
    """One process's share of the publishing. The stream itself says where to go on."""

    store: Store
    bus: EventBus
    signals: Signals
    toggles: Toggles = field(default_factory=AllOn)
    published: int = 0
    """By this process."""
    _end: BusEnd | None = None
    _fault: str | None = None

    async def fault(self) -> str | None:
        """Say why nothing is published now; None when all is well."""
        return self._fault

    async def work(self) -> None:
        """Publish until cancelled."""
        pause_s = _FIRST_PAUSE_S
        async with self.signals.listen(EVENTS_TOPIC) as listening:
            while True:
                if not self.toggles.is_on(Toggle.EVENT_BUS):
                    self._say("switched off")
                    await listening.wait(timeout_s=LOOK_S)
                    continue
                try:
                    while await self.publish_some():
                        pause_s = _FIRST_PAUSE_S
                    self._say(None)
                    await listening.wait(timeout_s=LOOK_S)
                except Exception as error:
                    # Whatever it was: a relay that ended would say that all is well.
                    self._say(str(error) if isinstance(error, EaaError) else f"a fault: {type(error).__name__}")
                    self._end = None
                    await asyncio.sleep(pause_s)
                    pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def publish_some(self) -> bool:
        """Publish what comes next, and return whether there may be more.

        Raises:
            BusUnreachable: Something may have been published; the stream will say.
            StreamForeign: The stream is not this installation's.
        """
        end = self._end = self._end or await self._found()
        async with self.store.begin() as session:
            events = await session.events.after(end.event_id, limit=BATCH)
        for event in events:
            try:
                end = self._end = await self.bus.publish(event, after=end)
            except BusMoved:
                self._end = None
                return True
            self.published += 1
        return len(events) == BATCH

    async def _found(self) -> BusEnd:
        end = await self.bus.end()
        if end.event_id is not None:
            async with self.store.begin() as session:
                if not await session.events.has(end.event_id):
                    raise StreamForeign(end.event_id)
        return end

    def _say(self, fault: str | None) -> None:
        if fault != self._fault:
            (_log.info if fault is None else _log.warning)("events.relay", fault=fault)
        self._fault = fault
