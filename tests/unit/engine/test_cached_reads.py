"""Made once for everybody, whoever leaves, dies or fails."""

import asyncio
from dataclasses import dataclass, field

import pytest

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.shared_cache import MemorySharedCache
from eaa.engine.cached_reads import CLAIM_S, CachedReads, Found, Way


@dataclass
class Work:
    """A read that ends when a test says so."""

    free: asyncio.Event = field(default_factory=asyncio.Event)
    times: int = 0

    async def __call__(self) -> bytes:
        self.times += 1
        await self.free.wait()
        return f"read {self.times}".encode()


@dataclass
class Replicas:
    """Processes that share a cache."""

    clock: MemoryClock = field(default_factory=MemoryClock)
    shared: MemorySharedCache = field(init=False)

    def __post_init__(self) -> None:
        self.shared = MemorySharedCache(self.clock.monotonic_s)

    def make(self, owner: str) -> CachedReads:
        async def sleep(seconds: float) -> None:
            self.clock.advance(seconds)
            await asyncio.sleep(0)

        near = MemorySharedCache(self.clock.monotonic_s)
        return CachedReads(near=near, shared=self.shared, clock=self.clock, owner=owner, sleep=sleep)


def ask(reads: CachedReads, work: Work, state: str = "evt_1") -> "asyncio.Task[Found]":
    return asyncio.create_task(reads.read("costs", state, work, for_s=60))


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_many_at_two_replicas_cost_one_read() -> None:
    replicas, work = Replicas(), Work()
    one, other = replicas.make("one"), replicas.make("other")
    asking = [ask(reads, work) for _ in range(25) for reads in (one, other)]
    await settle()
    work.free.set()

    found = await asyncio.gather(*asking)

    assert {each.read.content for each in found} == {b"read 1"}
    assert work.times == 1
    assert sum(one.counts.values()) + sum(other.counts.values()) == 50
    assert one.counts["costs", Way.MISS] + other.counts["costs", Way.MISS] == 1


async def test_another_state_is_another_read_and_the_old_one_is_not_given_for_it() -> None:
    replicas, work = Replicas(), Work()
    work.free.set()
    reads = replicas.make("one")

    first, again, fresh = [await ask(reads, work, state) for state in ("evt_1", "evt_1", "evt_2")]

    assert [found.way for found in (first, again, fresh)] == [Way.MISS, Way.HIT, Way.MISS]
    assert (again.read.content, fresh.read.content) == (b"read 1", b"read 2")


async def test_when_the_process_that_reads_is_gone_another_one_reads() -> None:
    replicas, work = Replicas(), Work()
    work.free.set()
    await replicas.shared.claim("costs:evt_1", owner="gone", for_s=CLAIM_S)
    began_s = replicas.clock.monotonic_s()

    found = await ask(replicas.make("one"), work)

    assert found.read.content == b"read 1"
    assert CLAIM_S - 1 <= replicas.clock.monotonic_s() - began_s <= CLAIM_S + 1


async def test_whoever_asked_first_may_leave() -> None:
    replicas, work = Replicas(), Work()
    reads = replicas.make("one")
    first, second = ask(reads, work), ask(reads, work)
    await settle()
    first.cancel()
    await settle()
    work.free.set()

    found = await second

    assert (found.read.content, found.way) == (b"read 1", Way.WAITED)
    assert first.cancelled()


async def test_an_error_goes_to_everybody_who_waits_and_is_not_kept() -> None:
    replicas, work, times = Replicas(), Work(), 0
    work.free.set()
    reads = replicas.make("one")

    async def fails() -> bytes:
        nonlocal times
        times += 1
        await asyncio.sleep(0)
        raise OSError("gone")

    asking = [asyncio.create_task(reads.read("costs", "evt_1", fails, for_s=60)) for _ in range(5)]
    outcomes = await asyncio.gather(*asking, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [OSError] * 5
    assert times == 1
    assert (await ask(replicas.make("other"), work)).read.content == b"read 1"


async def test_what_was_kept_is_over_after_its_time_wherever_it_was_found() -> None:
    replicas, work = Replicas(), Work()
    work.free.set()
    one, other = replicas.make("one"), replicas.make("other")
    await ask(one, work)
    replicas.clock.advance(59)
    late = await ask(other, work)
    replicas.clock.advance(2)

    assert late.way is Way.HIT
    assert (await ask(other, work)).read.content == b"read 2"
    assert (await ask(one, work)).read.content == b"read 2"


@pytest.mark.parametrize("count", [1, 3])
async def test_without_a_shared_cache_a_process_reads_once_for_itself(count: int) -> None:
    clock, work = MemoryClock(), Work()
    work.free.set()
    reads = CachedReads(near=MemorySharedCache(clock.monotonic_s), shared=None, clock=clock, owner="one")

    await asyncio.gather(*(ask(reads, work) for _ in range(count)))

    assert work.times == 1
