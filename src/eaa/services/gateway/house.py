"""What answering requests takes."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from eaa.domain.ids import DEFAULT_ORGANISATION, TaskId
from eaa.domain.origin import Origin
from eaa.domain.secret import Secret
from eaa.engine.cached_reads import CachedReads
from eaa.engine.journal import Desk
from eaa.ports.model_usage import UsageKey, UsageLog
from eaa.ports.rates import Rates
from eaa.ports.repositories import Repositories
from eaa.ports.signals import Signals
from eaa.ports.slots import Slots
from eaa.services.gateway.tail import EventTail
from eaa.services.health.parts import Part

COSTS_S = 5.0
"""A model's call is paid for a moment before there is an event of it."""
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class FetchedIssue:
    """An issue that a request named by its address."""

    text: str
    source: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Doormat:
    """Who may come in, and how many at a time."""

    token: Secret
    hosts: frozenset[str] = LOCAL_HOSTS
    """Names by which callers may reach us; another one is a web page that was pointed here."""
    requests_a_minute: int = 600
    """Of one caller."""
    at_once: int = 64
    """Requests that are answered at the same time; more are told to come again."""
    streams_at_once: int = 256
    """Streams of events, which have places of their own: however many there are, requests are answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the routes work with. One a process."""

    desk: Desk
    views: Desk
    """The same for what only looks; its store may be a replica's, and never lacks what was written before."""
    slots: Slots
    signals: Signals
    usage: UsageLog
    repositories: Repositories
    rates: Rates
    tail: EventTail
    doormat: Doormat
    has_models: bool
    """Whether any model is configured."""
    fetch_issue: Callable[[str], Awaitable[FetchedIssue]]
    """Reads the issue at a web address."""
    cloneable: Callable[[str], str]
    """Returns the one address that a repository is cloned by; paths as they are."""
    parts: Sequence[Part]
    """What the process depends on."""
    is_draining: Callable[[], bool]
    figures: Callable[[], str]
    """Lines of the exposition format of the rest of the process."""
    reads: CachedReads
    """What costly reads have found."""

    async def costs(self) -> dict[TaskId, int]:
        """Return micro-dollars by task: at most COSTS_S old, and never from before the newest event."""
        async with self.views.store.begin() as session:
            newest = await session.events.newest()
        found = await self.reads.read("costs", f"{DEFAULT_ORGANISATION}:{newest}", self._costs_json, for_s=COSTS_S)
        return msgspec.json.decode(found.read.content, type=dict[TaskId, int])

    async def _costs_json(self) -> bytes:
        since = datetime.min.replace(tzinfo=UTC)
        lines = await self.usage.sums(DEFAULT_ORGANISATION, UsageKey.TASK, since=since)
        return msgspec.json.encode({line.key: line.cost_microusd for line in lines})
