"""A relay that meets what nobody foresaw says so and goes on."""

import asyncio
from dataclasses import dataclass, field

from typing_extensions import override

from eaa.adapters.memory.event_bus import MemoryEventBus
from eaa.adapters.memory.signals import MemorySignals
from eaa.adapters.memory.store import MemoryStore
from eaa.domain.event import Event
from eaa.engine.event_relay import EventRelay
from eaa.ports.event_bus import BusEnd
from tests.makers import make_event


@dataclass(slots=True)
class OddBus(MemoryEventBus):
    """Fails in a way that no port speaks of, until it is mended."""

    mended: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def publish(self, event: Event, *, after: BusEnd) -> BusEnd:
        if not self.mended.is_set():
            raise KeyError("secret")
        self.events.append(event)
        return BusEnd(len(self.events), event.id)


async def test_a_fault_that_nobody_foresaw_is_said_and_ends_no_relay() -> None:
    store, bus = MemoryStore(), OddBus()
    async with store.begin() as session:
        await session.events.add(make_event())
    relay = EventRelay(store=store, bus=bus, signals=MemorySignals())
    working = asyncio.create_task(relay.work())

    async with asyncio.timeout(60):
        while await relay.fault() is None:  # noqa: ASYNC110 - the relay brings it about
            await asyncio.sleep(0.005)
        said = await relay.fault()
        bus.mended.set()
        while await relay.fault() is not None:  # noqa: ASYNC110 - the relay brings it about
            await asyncio.sleep(0.005)
    working.cancel()
    await asyncio.wait({working})

    assert said == "a fault: KeyError"
    assert bus.events == [make_event()]
