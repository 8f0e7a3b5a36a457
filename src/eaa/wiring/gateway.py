"""The HTTP API, in a process of its own or beside a dispatcher."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from eaa.adapters.files.owner_token import owner_token
from eaa.adapters.memory.rates import MemoryRates
from eaa.adapters.memory.shared_cache import MemorySharedCache
from eaa.domain.errors import InvalidRequest
from eaa.engine.cached_reads import CachedReads
from eaa.engine.switched_rates import SwitchedRates
from eaa.kit.metrics import Counter as Metric
from eaa.kit.metrics import gauge_lines
from eaa.ports.rates import Rates
from eaa.ports.shared_cache import SharedCache
from eaa.ports.signals import Signals
from eaa.ports.store import Store
from eaa.ports.toggles import Toggles
from eaa.services.gateway.app import guarded
from eaa.services.gateway.house import LOCAL_HOSTS, Doormat, FetchedIssue, House
from eaa.services.gateway.server import Certificate, serving
from eaa.services.gateway.tail import EventTail
from eaa.services.health.parts import Part
from eaa.services.http.connections import most_connections
from eaa.settings import Settings
from eaa.wiring.agents import has_models
from eaa.wiring.code_hosts import site_of
from eaa.wiring.databases import ReplicaNews, open_views
from eaa.wiring.issues import fetch_issue
from eaa.wiring.own_secrets import TOKEN_FILE
from eaa.wiring.place import Place
from eaa.wiring.records import Records
from eaa.wiring.repositories import repositories_of
from eaa.wiring.storage import redis_prefix
from eaa.wiring.toggles import Switches, open_toggles

PORT = 8420


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the rest of the process tells the gateway of itself."""

    parts: Sequence[Part]
    is_draining: Callable[[], bool]
    figures: Callable[[], str] = str
    switches: Switches | None = None
    """Those of the process; None where the gateway is alone in it."""


@asynccontextmanager
async def open_gateway(
    settings: Settings,
    environment: Mapping[str, str],
    place: Place,
    *,
    records: Records,
    signals: Signals,
    around: Around,
) -> AsyncIterator[str]:
    """Serve inside the block and yield the address; at its end streams end and answers finish.

    Raises:
        InvalidRequest: The place is not protected, or nothing can listen there.
    """
    place.refuse_open(what="requests")
    site = site_of(settings)
    desk = records.desk

    async def issue_at(address: str) -> FetchedIssue:
        issue = await fetch_issue(address, site=site)
        return FetchedIssue(issue.text, issue.source, issue.origin)

    async with AsyncExitStack() as stack:
        switches, own_parts = await _switches(around, desk.store, signals, stack)
        shared = await stack.enter_async_context(_open_shared(settings, switches.toggles))
        reads = CachedReads(
            near=MemorySharedCache(desk.clock.monotonic_s),
            shared=shared.cache,
            clock=desk.clock,
            owner=desk.ids.new("gateway"),
        )
        views, replicas = await stack.enter_async_context(open_views(settings, desk.store))
        tail = EventTail(store=desk.store, signals=signals)
        house = House(
            desk=desk,
            views=replace(desk, store=views),
            slots=records.slots,
            signals=signals,
            usage=records.usage,
            repositories=repositories_of(settings, desk=desk),
            rates=shared.rates,
            tail=tail,
            doormat=Doormat(
                token=owner_token(settings.home / TOKEN_FILE),
                hosts=LOCAL_HOSTS | place.own_names,
                requests_a_minute=settings.requests_a_minute,
                # However many streams there are, there are connections for requests.
                streams_at_once=most_connections() // 2,
            ),
            has_models=has_models(settings, environment),
            fetch_issue=issue_at,
            cloneable=site.cloneable,
            parts=(*around.parts, *own_parts, *shared.parts, *_parts_of(replicas)),
            is_draining=around.is_draining,
            figures=lambda: around.figures() + _reads(replicas) + _cached(reads),
            reads=reads,
        )
        address = await _listen(house, place, settings, stack)
        await stack.enter_async_context(following(tail))
        yield address


async def _switches(
    around: Around, store: Store, signals: Signals, stack: AsyncExitStack
) -> tuple[Switches, tuple[Part, ...]]:
    """Return the switches of the process; where the gateway is alone in it, its own, and their part."""
    if around.switches is not None:
        return around.switches, ()
    opened = await stack.enter_async_context(open_toggles(store, signals))
    return opened, (opened.part,)


async def _listen(house: House, place: Place, settings: Settings, stack: AsyncExitStack) -> str:
    certificate = Certificate(place.certificate, place.certificate_key) if place.certificate is not None else None
    served = serving(
        guarded(house), host=place.host, port=place.port, grace_s=settings.drain_s, certificate=certificate
    )
    try:
        return await stack.enter_async_context(served)
    except OSError as error:
        raise InvalidRequest(
            f"nothing can listen on {place.host}:{place.port}: {error.strerror or error}",
            hint="Another process may have the port; name another one with --port.",
        ) from error


@asynccontextmanager
async def following(tail: EventTail) -> AsyncIterator[None]:
    """Wake readers of events inside the block; at its end their streams end, so that the server can."""
    following = asyncio.create_task(tail.follow(), name="events")
    try:
        yield
    finally:
        tail.close()
        await asyncio.wait({following})


def _parts_of(replicas: ReplicaNews | None) -> tuple[Part, ...]:
    if replicas is None:
        return ()
    return (Part("replicas", replicas.fault, is_needed=False, instead="the others and the primary are read"),)


def _reads(replicas: ReplicaNews | None) -> str:
    if replicas is None:
        return ""
    counts = [((("on", place),), float(count)) for place, count in replicas.reads().items()]
    return "\n".join(gauge_lines("eaa_reads", "Reading transactions by the place of the read.", counts)) + "\n"


def _cached(reads: CachedReads) -> str:
    found = Metric("eaa_cached_reads_total", "Costly reads by how they were answered.", "read", "way")
    for (name, way), count in reads.counts.items():
        found.add(count, name, way)
    return "\n".join(found.lines()) + "\n"


@dataclass(frozen=True, slots=True)
class _Shared:
    """What replicas share through a Redis."""

    rates: Rates
    """Requests a minute."""
    cache: SharedCache | None = None
    parts: tuple[Part, ...] = ()


@asynccontextmanager
async def _open_shared(settings: Settings, toggles: Toggles) -> AsyncIterator[_Shared]:
    """Open what replicas share; without a Redis each has its own."""
    if settings.redis_url is None:
        yield _Shared(MemoryRates())
        return
    from eaa.adapters.redis.connection import fault_of, open_redis
    from eaa.adapters.redis.rates import RedisRates
    from eaa.adapters.redis.shared_cache import RedisSharedCache
    from eaa.engine.local_rates import LocalWhenAway

    async with open_redis(settings.redis_url.get_secret_value()) as redis:
        instead = "limits a minute and costly reads are each process's own"
        part = Part("redis", partial(fault_of, redis), is_needed=False, instead=instead)
        prefix = redis_prefix(settings)
        rates = LocalWhenAway(SwitchedRates(RedisRates(redis, prefix=prefix), toggles), MemoryRates())
        yield _Shared(rates, RedisSharedCache(redis, prefix=prefix), (part,))
