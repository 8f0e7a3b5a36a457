"""A reader deals with each event once and in order for each task, tries again, and sets poison aside."""

import asyncio
from collections import Counter
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import pairwise

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.signals import MemorySignals
from eaa.adapters.memory.store import MemoryStore
from eaa.domain.event import Event
from eaa.domain.event_failure import EventFailure
from eaa.domain.ids import DEFAULT_ORGANISATION, EventId
from eaa.engine.event_consumer import BLOCKED, MOST_ATTEMPTS, EventConsumer, retry_dead_letter
from eaa.ports.store import Session
from tests.makers import make_event

LONG_S = 3_600.0


@dataclass
class World:
    """An outbox, and a reader that fails on poison until it is cured."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: MemoryClock = field(default_factory=MemoryClock)
    poison: set[str] = field(default_factory=set)
    handled: list[str] = field(default_factory=list)

    def reader(self, owner: str = "dispatcher-0") -> EventConsumer:
        """Return one process's share of the reader."""
        return EventConsumer(
            name="counts",
            handle=self.handle,
            store=self.store,
            clock=self.clock,
            signals=MemorySignals(),
            owner=owner,
        )

    async def handle(self, session: Session, event: Event) -> None:
        """Write something, and fail afterwards on poison: nothing of it may stay."""
        await session.event_counts.add(event.organisation_id, day=event.created_at.date(), event_type=event.type)
        if event.id in self.poison:
            raise ValueError("poison")
        self.handled.append(event.id)

    async def add(self, *events: Event) -> None:
        """Put events on record."""
        for event in events:
            async with self.store.begin() as session:
                await session.events.add(event)

    async def counted(self) -> int:
        """Return how many events count."""
        async with self.store.begin() as session:
            counts = await session.event_counts.since(DEFAULT_ORGANISATION, make_event().created_at.date())
        return sum(one.count for one in counts)

    async def waiting(self) -> tuple[EventFailure, ...]:
        """Return what waits for another try."""
        async with self.store.begin() as session:
            return await session.readers.waiting("counts")

    async def dead(self) -> tuple[EventFailure, ...]:
        """Return the dead letters."""
        async with self.store.begin() as session:
            return await session.readers.dead(DEFAULT_ORGANISATION, limit=9)


@dataclass
class FailsOnce:
    """A store whose first transaction does not come about."""

    store: MemoryStore
    has_failed: bool = False

    def begin(self) -> AbstractAsyncContextManager[Session]:
        """Open a transaction."""
        if not self.has_failed:
            self.has_failed = True
            raise RuntimeError("deadlock detected")
        return self.store.begin()


def events(*names: str) -> list[Event]:
    """Return events; the letter of a name is its task."""
    return [make_event(event_id=f"evt_{name}", task_id=f"tsk_{name[0]}") for name in names]


async def test_each_event_counts_once_however_many_processes_read() -> None:
    world = World()
    await world.add(*events(*(f"{'ab'[number % 2]}{number}" for number in range(250))))
    readers = [world.reader(f"dispatcher-{number}") for number in range(3)]

    async def read(reader: EventConsumer) -> None:
        for _ in range(20):
            await reader.read_some()
            world.clock.advance(16.0)

    await asyncio.gather(*map(read, readers))

    assert await world.counted() == 250
    assert set(Counter(world.handled).values()) == {1}
    assert world.handled == [event.id for event in events(*(f"{'ab'[number % 2]}{number}" for number in range(250)))]


async def test_while_an_event_waits_its_task_waits_and_others_go_on() -> None:
    world = World(poison={"evt_a1"})
    await world.add(*events("a1", "a2", "b1", "a3", "b2"))

    await world.reader().read_some()

    assert world.handled == ["evt_b1", "evt_b2"]
    assert [(one.event_id, one.attempts, one.code) for one in await world.waiting()] == [
        ("evt_a1", 1, "fault"),
        ("evt_a2", 0, BLOCKED),
        ("evt_a3", 0, BLOCKED),
    ]
    assert await world.counted() == 2


async def test_an_event_that_is_cured_is_dealt_with_before_the_later_ones_of_its_task() -> None:
    world = World(poison={"evt_a1"})
    await world.add(*events("a1", "a2", "a3"))
    reader = world.reader()
    await reader.read_some()
    await reader.read_some()
    assert world.handled == []

    world.poison.clear()
    for _ in range(3):
        world.clock.advance(LONG_S)
        await reader.read_some()

    assert world.handled == ["evt_a1", "evt_a2", "evt_a3"]
    assert await world.waiting() == ()


async def test_after_its_tries_poison_is_a_dead_letter_and_its_task_goes_on() -> None:
    world = World(poison={"evt_a1"})
    await world.add(*events("a1", "a2"))
    reader = world.reader()

    for _ in range(MOST_ATTEMPTS + 2):
        await reader.read_some()
        world.clock.advance(LONG_S)

    assert world.handled == ["evt_a2"]
    assert [(one.event_id, one.attempts) for one in await world.dead()] == [("evt_a1", MOST_ATTEMPTS)]
    assert await world.counted() == 1


async def test_the_pause_between_tries_grows() -> None:
    world = World(poison={"evt_a1"})
    await world.add(*events("a1"))
    reader = world.reader()
    pauses = []
    for _ in range(MOST_ATTEMPTS - 1):
        await reader.read_some()
        (failure,) = await world.waiting()
        pauses.append((failure.next_at - world.clock.now()).total_seconds())
        world.clock.advance(LONG_S)

    assert all(later > earlier for earlier, later in pairwise(pauses))
    assert 0.8 <= pauses[0] <= 1.2


async def test_a_dead_letter_that_is_tried_again_counts_once() -> None:
    world = World(poison={"evt_a1"})
    await world.add(*events("a1"))
    reader = world.reader()
    for _ in range(MOST_ATTEMPTS):
        await reader.read_some()
        world.clock.advance(LONG_S)
    (dead,) = await world.dead()

    world.poison.clear()
    async with world.store.begin() as session:
        await retry_dead_letter(session, dead, clock=world.clock)
    await reader.read_some()
    await reader.read_some()

    assert world.handled == ["evt_a1"]
    assert await world.dead() == await world.waiting() == ()


async def test_a_process_that_slept_while_another_read_on_writes_nothing() -> None:
    world = World()
    await world.add(*events("a1", "a2"))
    slow = world.reader("dispatcher-0")
    # It has looked, and sleeps before it reads.
    assert not await slow._read(events("a1")[0], EventId("evt_elsewhere"))

    await world.reader("dispatcher-1").read_some()

    assert world.handled == ["evt_a1", "evt_a2"]
    assert await world.counted() == 2


async def test_what_waited_behind_a_cured_event_is_dealt_with_at_once() -> None:
    world = World(poison={"evt_a1"})
    await world.add(*events(*(f"a{number}" for number in range(1, 31))))
    reader = world.reader()
    await reader.read_some()

    world.poison.clear()
    world.clock.advance(LONG_S)
    while await reader.read_some():
        pass

    assert world.handled == [event.id for event in events(*(f"a{number}" for number in range(1, 31)))]
    assert await world.waiting() == ()


async def test_a_reader_goes_on_after_an_error_that_nobody_foresaw() -> None:
    world = World()
    await world.add(*events("a1"))
    reader = world.reader()
    reader.store = FailsOnce(world.store)

    working = asyncio.create_task(reader.work())
    async with asyncio.timeout(60):
        while not world.handled:  # noqa: ASYNC110 - the reader brings it about
            await asyncio.sleep(0.005)
    assert not working.done()
    working.cancel()
    await asyncio.wait({working})

    assert world.handled == ["evt_a1"]
