"""A named reader of the outbox: each event once, in order for each task, tried again when it fails, set aside at last.

What a reader writes and how far it is are one transaction, so an event counts once however often it is delivered, by
whichever process. An event that fails is tried again after a while; later events of its task wait behind it, those of
other tasks do not. After some tries it is a dead letter, and the task goes on without it.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from eaa.domain.errors import DatabaseUnreachable, DiskFull, EaaError
from eaa.domain.event import Event
from eaa.domain.event_failure import EventFailure
from eaa.domain.ids import EventId, TaskId
from eaa.engine.event_relay import EVENTS_TOPIC
from eaa.ports.clock import Clock
from eaa.ports.signals import Signals
from eaa.ports.store import Session, Store

LOOK_S = 2.0
"""Between two looks while an event waits to be tried again."""
IDLE_LOOK_S = 5.0
"""Between two looks while none does, and nobody rings."""
BATCH = 100
LEASE = timedelta(seconds=15)
"""For which a process keeps a reader that it works on."""
MOST_ATTEMPTS = 6
FIRST_PAUSE = timedelta(seconds=1)
"""Before the second try; each later one takes twice as long."""
BLOCKED = "event.blocked"
"""The code of an event that waits behind another one of its task."""
_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class EventConsumer:
    """One process's share of a reader."""

    name: str
    handle: Callable[[Session, Event], Awaitable[None]]
    """Does what the reader is for, in the given transaction."""
    store: Store
    clock: Clock
    signals: Signals
    owner: str
    """The slot of this process."""
    _blocked: set[TaskId] = field(default_factory=set)

    async def work(self) -> None:
        """Read until cancelled."""
        async with self.signals.listen(EVENTS_TOPIC) as listening:
            while True:
                try:
                    while await self.read_some():
                        pass
                except Exception as error:
                    # Whatever it was, the next look may go well; a reader that ended would be missed by nobody.
                    code = error.code if isinstance(error, EaaError) else EaaError.code
                    _log.warning("events.reader_waits", consumer=self.name, code=code, error=type(error).__name__)
                await listening.wait(timeout_s=LOOK_S if self._blocked else IDLE_LOOK_S)

    async def read_some(self) -> bool:
        """Read what comes next, and what is due to be tried again; return whether there may be more."""
        async with self.store.begin() as session:
            seen = await session.readers.place(self.name)
            waiting = await session.readers.waiting(self.name)
            events = await session.events.after(seen, limit=BATCH)
            now = self.clock.now()
            if not events and not waiting:
                return False
            if not await session.readers.lease(self.name, owner=self.owner, now=now, until=now + LEASE):
                return False
        self._blocked = {one.task_id for one in waiting}
        cured = [await self._again(failure) for failure in _due(waiting, now)]
        for event in events:
            if not await self._read(event, seen):
                return False
            seen = event.id
        # What waited behind a cured event is due as well.
        return len(events) == BATCH or any(cured)

    async def _read(self, event: Event, seen: EventId | None) -> bool:
        """Deal with the next event; False when another process has it."""
        try:
            async with self.store.begin() as session:
                if not await session.readers.move(self.name, seen=seen, to=event.id):
                    return False
                if event.task_id in self._blocked:
                    await session.readers.put(self._failure(event, attempts=0, code=BLOCKED))
                else:
                    await self.handle(session, event)
        except (DatabaseUnreachable, DiskFull):
            raise
        except Exception as error:
            async with self.store.begin() as session:
                if not await session.readers.move(self.name, seen=seen, to=event.id):
                    return False
                await session.readers.put(self._failure(event, attempts=1, error=error))
            self._blocked.add(event.task_id)
        return True

    async def _again(self, failure: EventFailure) -> bool:
        """Try an event again that failed before, and return whether it is dealt with now."""
        try:
            async with self.store.begin() as session:
                # Removed first: another process that tries as well waits here, and finds it gone.
                if not await session.readers.remove(failure):
                    return False
                await self.handle(session, await session.events.get(failure.event_id))
        except (DatabaseUnreachable, DiskFull):
            raise
        except Exception as error:
            async with self.store.begin() as session:
                if await session.readers.remove(failure):
                    event = await session.events.get(failure.event_id)
                    failed = self._failure(event, attempts=failure.attempts + 1, error=error)
                    await session.readers.put(replace(failed, created_at=failure.created_at))
            return False
        return True

    def _failure(
        self, event: Event, *, attempts: int, error: Exception | None = None, code: str = EaaError.code
    ) -> EventFailure:
        now = self.clock.now()
        is_dead = attempts >= MOST_ATTEMPTS
        code = error.code if isinstance(error, EaaError) else code
        if error is not None:
            _log.warning(
                "events.dead_letter" if is_dead else "events.failed",
                consumer=self.name,
                event_id=event.id,
                attempts=attempts,
                code=code,
                error=type(error).__name__,
            )
        return EventFailure(
            organisation_id=event.organisation_id,
            consumer=self.name,
            event_id=event.id,
            task_id=event.task_id,
            attempts=attempts,
            is_dead=is_dead,
            next_at=now + _pause(attempts),
            code=code,
            hint=error.hint if isinstance(error, EaaError) else "",
            created_at=now,
        )


async def retry_dead_letter(session: Session, failure: EventFailure, *, clock: Clock) -> EventFailure:
    """Let a dead letter be tried again at once, with all its tries, and return it as it is then."""
    queued = replace(failure, is_dead=False, attempts=0, next_at=clock.now())
    await session.readers.put(queued)
    return queued


def _due(waiting: tuple[EventFailure, ...], now: datetime) -> list[EventFailure]:
    """Return of each task the first event that waits, where its time has come."""
    first: dict[TaskId, EventFailure] = {}
    for failure in waiting:
        first.setdefault(failure.task_id, failure)
    return [failure for failure in first.values() if failure.next_at <= now]


def _pause(attempts: int) -> timedelta:
    if attempts == 0:
        return timedelta()
    # Spread, so that what failed together is not tried together.
    factor: float = 2 ** (attempts - 1) * random.uniform(0.8, 1.2)  # noqa: S311 - not a secret
    return FIRST_PAUSE * factor
