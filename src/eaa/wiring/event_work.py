"""What a dispatcher's process does beside runs: events are counted and published, and what is due is done."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import chain

from eaa.domain.errors import InvalidRequest
from eaa.domain.shard import MAIN
from eaa.domain.toggle import WITHOUT, Toggle
from eaa.engine.cloud_events import cloud_event_json
from eaa.engine.event_consumer import EventConsumer
from eaa.engine.event_counting import COUNTS, count_event
from eaa.engine.event_relay import EventRelay
from eaa.engine.reconciling import Reconciling
from eaa.engine.retention import Forgetting, Keeping
from eaa.engine.synthetic import SyntheticCheck
from eaa.engine.upkeep import Upkeep
from eaa.kit.metrics import gauge_lines
from eaa.services.health.parts import Part
from eaa.settings import Settings
from eaa.wiring.code_hosts import site_of
from eaa.wiring.station import Station
from eaa.wiring.synthetic import synthetic_request

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
        synthetic = _synthetic(settings, station)
        reconciling = Reconciling(
            desk=desk,
            slots=station.place.slots,
            repositories=station.place.tools.repositories,
            code_hosts=site_of(settings),
        )
        upkeep = Upkeep(
            desk=desk,
            executors=station.liveness.executors,
            forgetting=forgetting,
            reconciling=reconciling,
            synthetic=synthetic,
        )
        await stack.enter_async_context(_working(upkeep.work))
        if relay is None:
            yield EventWork(_parts(None, synthetic), lambda: _upkept(upkeep))
            return
        await stack.enter_async_context(_working(relay.work))
        yield EventWork(_parts(relay, synthetic), lambda: chain(_upkept(upkeep), _figures(relay)))


async def _open_relay(settings: Settings, station: Station, stack: AsyncExitStack) -> EventRelay | None:
    if settings.events_url is None:
        return None
    try:
        # Loaded where it is used.
        from eaa.adapters.nats.event_bus import MAIN_STREAM, names_of_shard, open_nats
    except ModuleNotFoundError as error:
        raise InvalidRequest(
            "EAA_EVENTS_URL is set, and the NATS client is not installed", hint="pip install 'eaa[server]'"
        ) from error
    url = settings.events_url.get_secret_value()
    names = MAIN_STREAM if settings.shard == MAIN else names_of_shard(settings.shard)
    bus = await stack.enter_async_context(open_nats(url, render=cloud_event_json, names=names))
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


def _synthetic(settings: Settings, station: Station) -> SyntheticCheck | None:
    if settings.synthetic_check_minutes is None:
        return None
    repositories = station.place.tools.repositories
    return SyntheticCheck(
        desk=station.place.desk,
        signals=station.signals,
        request=partial(synthetic_request, settings.home, repositories=repositories),
        every=timedelta(minutes=settings.synthetic_check_minutes),
    )


def _parts(relay: EventRelay | None, synthetic: SyntheticCheck | None) -> tuple[Part, ...]:
    parts: list[Part] = []
    if relay is not None:
        parts.append(Part("event bus", relay.fault, is_needed=False, instead=WITHOUT[Toggle.EVENT_BUS]))
    if synthetic is not None:
        parts.append(Part("synthetic check", synthetic.fault, is_needed=False))
    return tuple(parts)


def _upkept(upkeep: Upkeep) -> Iterator[str]:
    what = "Writes to the outside whose end nobody saw, of runs that nobody works on."
    yield from gauge_lines("eaa_effects_hanging", what, [((), float(upkeep.hanging))])
    checked = None if upkeep.synthetic is None else upkeep.synthetic.checked
    if checked is not None:
        yield from gauge_lines(
            "eaa_synthetic_check_ok", "Whether the newest check went well.", [((), float(checked.fault is None))]
        )
        yield from gauge_lines("eaa_synthetic_check_seconds", "How long it took in all.", [((), checked.seconds)])
        at = checked.ended_at.timestamp()
        yield from gauge_lines("eaa_synthetic_check_timestamp_seconds", "When it ended.", [((), at)])
    forgotten = [((("what", name),), float(count)) for name, count in upkeep.forgetting.counts.items()]
    yield from gauge_lines("eaa_forgotten", "What this process has forgotten because it was old.", forgotten)


def _figures(relay: EventRelay) -> Iterator[str]:
    return gauge_lines("eaa_events_published", "Events this process has published.", [((), float(relay.published))])
