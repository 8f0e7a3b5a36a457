"""What becomes of events in a dispatcher's process: they are published where a bus is set."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from eaa.domain.errors import InvalidRequest
from eaa.engine.cloud_events import cloud_event_json
from eaa.engine.event_relay import EventRelay
from eaa.kit.metrics import gauge_lines
from eaa.services.health.parts import Part
from eaa.settings import Settings
from eaa.wiring.station import Station

NO_FIGURES: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventWork:
    """What a process tells of it."""

    parts: tuple[Part, ...] = ()
    figures: Callable[[], Iterator[str]] = lambda: iter(NO_FIGURES)


@asynccontextmanager
async def open_event_work(settings: Settings, station: Station) -> AsyncIterator[EventWork]:
    """Publish events inside the block, where `events_url` names a bus.

    Raises:
        InvalidRequest: A bus is set, and its client is not installed.
    """
    if settings.events_url is None:
        yield EventWork()
        return
    try:
        # Loaded where it is used.
        from eaa.adapters.nats.event_bus import open_nats
    except ModuleNotFoundError as error:
        raise InvalidRequest(
            "EAA_EVENTS_URL is set, and the NATS client is not installed", hint="pip install 'eaa[server]'"
        ) from error
    async with open_nats(settings.events_url.get_secret_value(), render=cloud_event_json) as bus:
        relay = EventRelay(store=station.place.desk.store, bus=bus, signals=station.signals)
        working = asyncio.create_task(relay.work(), name="relay")
        try:
            yield EventWork((_part(relay),), lambda: _figures(relay))
        finally:
            working.cancel()
            await asyncio.wait({working})


def _part(relay: EventRelay) -> Part:
    instead = "events wait in the database, and are read there and over HTTP"
    return Part("event bus", relay.fault, is_needed=False, instead=instead)


def _figures(relay: EventRelay) -> Iterator[str]:
    return gauge_lines("eaa_events_published", "Events this process has published.", [((), float(relay.published))])
