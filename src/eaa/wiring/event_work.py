"""What a dispatcher's process does beside runs: events are counted and published, and what is due is done."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from eaa.domain.errors import InvalidRequest
from eaa.domain.shard import MAIN
from eaa.engine.cloud_events import cloud_event_json
from eaa.engine.event_consumer import EventConsumer
from eaa.engine.event_counting import COUNTS, count_event
from eaa.engine.event_relay import EventRelay
from eaa.engine.retention import Forgetting, Keeping
from eaa.engine.upkeep import Upkeep
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
    """Read events inside the block, and publish them where `events_url` names a bus.

    Raises:
        InvalidRequest: A bus is set, and its client is not installed.
    """
    desk = station.place.desk
    counting = EventConsumer(
        name=COUNTS,
        handle=count_event,
        store=desk.store,
        clock=desk.clock,
        signals=station.signals,
        owner=station.place.slot,
    )
    async with AsyncExitStack() as stack:
        relay = await _open_relay(settings, station, stack)
        await stack.enter_async_context(_working(counting.work))
        forgetting = Forgetting(
            retention=station.retention,
            store=desk.store,
            blobs=desk.blobs,
            keeping=Keeping(
                timedelta(days=settings.work_kept_days),
                None if settings.events_kept_days is None else timedelta(days=settings.events_kept_days),
            ),
            bus=None if relay is None else relay.bus,
        )
        upkeep = Upkeep(desk=desk, executors=station.liveness.executors, forgetting=forgetting)
        await stack.enter_async_context(_working(upkeep.work))
        if relay is None:
            yield EventWork(figures=lambda: _upkept(upkeep))
            return
        await stack.enter_async_context(_working(relay.work))
        yield EventWork((_part(relay),), lambda: chain(_upkept(upkeep), _figures(relay)))


async def _open_relay(settings: Settings, station: Station, stack: AsyncExitStack) -> EventRelay | None:
    if settings.events_url is None:
        return None
    try:
        # Loaded where it is used.
        from eaa.adapters.nats.event_bus import open_nats
    except ModuleNotFoundError as error:
        raise InvalidRequest(
            "EAA_EVENTS_URL is set, and the NATS client is not installed", hint="pip install 'eaa[server]'"
        ) from error
    url = settings.events_url.get_secret_value()
    # A stream has the order of one outbox: each shard has its own.
    own = {} if settings.shard == MAIN else {"stream": f"EAA_EVENTS_{settings.shard}", "root": f"eaa.{settings.shard}"}
    bus = await stack.enter_async_context(open_nats(url, render=cloud_event_json, **own))
    toggles = station.switches.toggles
    return EventRelay(store=station.place.desk.store, bus=bus, signals=station.signals, toggles=toggles)


@asynccontextmanager
async def _working(work: Callable[[], Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """Let something work beside the block, and cancel it at the end."""
    working = asyncio.create_task(work())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.wait({working})


def _part(relay: EventRelay) -> Part:
    instead = "events wait in the database, and are read there and over HTTP"
    return Part("event bus", relay.fault, is_needed=False, instead=instead)


def _upkept(upkeep: Upkeep) -> Iterator[str]:
    what = "Writes to the outside whose end nobody saw, of runs that nobody works on."
    yield from gauge_lines("eaa_effects_hanging", what, [((), float(upkeep.hanging))])
    forgotten = [((("what", name),), float(count)) for name, count in upkeep.forgetting.counts.items()]
    yield from gauge_lines("eaa_forgotten", "What this process has forgotten because it was old.", forgotten)


def _figures(relay: EventRelay) -> Iterator[str]:
    return gauge_lines("eaa_events_published", "Events this process has published.", [((), float(relay.published))])
