"""Forgetting what is old, in small parts: blobs before the rows that name them, so that none is left without a name."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from eaa.domain.ids import EventId
from eaa.ports.blobs import Blobs
from eaa.ports.event_bus import EventBus
from eaa.ports.retention import Retention
from eaa.ports.store import Store

EVENTS_FORGOTTEN = "events forgotten"
"""Whose last turn says up to which time events are not complete any more."""
FORGETTABLE = frozenset(
    {
        "baseline.measured",
        "requirement.written",
        "decision.written",
        "plan.written",
        "tests.written",
        "bug.reproduced",
        "patch.proposed",
        "verification.failed",
        "change.integrated",
        "rollout.written",
        "role.skipped",
        "run.resumed",
        "run.paused",
        "run.parked",
    }
)
"""What steps and runs say as well. Orders, verdicts, evidence, approvals and what was written outside stay for good."""
BLOB_GRACE = timedelta(days=1)
"""A blob that was put since then may be about to be referred to."""
_BATCH = 300
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long things are kept that nobody needs to go on."""

    work: timedelta = timedelta(days=30)
    """Calls of roles and packs of commits, after the end of their run."""
    events: timedelta | None = None
    """Events of steps; None for good."""


@dataclass(slots=True, kw_only=True)
class Forgetting:
    """What one process forgets when it has the turn."""

    retention: Retention
    store: Store
    blobs: Blobs
    keeping: Keeping
    bus: EventBus | None = None
    """Nothing is forgotten that has not been published there."""
    counts: Counter[str] = field(default_factory=Counter)
    """Forgotten by this process: `role calls`, `commit packs`, `blobs`, `events`."""

    async def forget(self, now: datetime) -> None:
        """Forget all that is old enough. Killed half-way, the next turn goes on where it stopped."""
        before = self.counts.copy()
        await self._forget_work(now)
        if self.keeping.events is not None:
            await self._forget_events(now - self.keeping.events)
        forgotten = self.counts - before
        if forgotten:
            _log.info("upkeep.forgotten", **{name.replace(" ", "_"): count for name, count in forgotten.items()})

    async def _forget_work(self, now: datetime) -> None:
        while True:
            work = await self.retention.old_work(ended_before=now - self.keeping.work, limit=_BATCH)
            if not work.rows:
                return
            for blob in sorted(work.blobs):
                self.counts["blobs"] += await self.blobs.forget(blob, untouched_since=now - BLOB_GRACE)
            await self.retention.forget_work(work)
            self.counts["role calls"] += len(work.calls)
            self.counts["commit packs"] += len(work.packs)

    async def _forget_events(self, before: datetime) -> None:
        published: EventId | None = None
        if self.bus is not None:
            published = (await self.bus.end()).event_id
            if published is None:
                return
        async with self.store.begin() as session:
            # On record first: whoever counts events anew must know where they are complete.
            await session.schedules.take_turn(EVENTS_FORGOTTEN, every=timedelta(0), now=before)
        count = _BATCH
        while count == _BATCH:
            count = await self.retention.forget_events(
                before=before, types=FORGETTABLE, published=published, limit=_BATCH
            )
            self.counts["events"] += count
