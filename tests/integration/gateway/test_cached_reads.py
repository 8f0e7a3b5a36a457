"""Costly reads at two replicas that share a Redis, or miss it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typing_extensions import override

from eaa.adapters.memory.model_usage import MemoryUsageLog
from eaa.adapters.redis.connection import open_redis
from eaa.adapters.redis.shared_cache import RedisSharedCache
from eaa.domain.ids import EventId, OrganisationId
from eaa.domain.model_usage import UsageLine
from eaa.engine.event_counting import COUNTS, count_event
from eaa.ports.model_usage import UsageKey
from tests.integration.gateway.conftest import GatewayWorld, gateway_world
from tests.makers import make_event
from tests.support.own_server import redis_server


@dataclass
class SlowUsage(MemoryUsageLog):
    """Counts how often it is read, and takes its time."""

    reads: int = 0
    free: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        super().__init__()

    @override
    async def sums(self, organisation_id: OrganisationId, by: UsageKey, *, since: datetime) -> tuple[UsageLine, ...]:
        self.reads += 1
        await self.free.wait()
        return await super().sums(organisation_id, by, since=since)


@asynccontextmanager
async def replicas(
    tmp_path: Path, url: str, usage: SlowUsage, **doormat: Any
) -> AsyncIterator[tuple[GatewayWorld, GatewayWorld]]:
    prefix = f"eaa-test-{uuid4().hex}:"
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(2):
            redis = await stack.enter_async_context(open_redis(url))
            cache = RedisSharedCache(redis, prefix=prefix)
            world = gateway_world(tmp_path, usage=usage, cache=cache, **doormat)
            opened.append(await stack.enter_async_context(world))
        yield opened[0], opened[1]


async def add_event(world: GatewayWorld, number: int) -> None:
    async with world.house.desk.store.begin() as session:
        await session.events.add(replace(make_event(), id=EventId(f"evt_{number:026}")))


async def test_fifty_who_ask_two_replicas_at_once_cost_one_read(tmp_path: Path, redis_url: str) -> None:
    usage = SlowUsage()
    async with replicas(tmp_path, redis_url, usage, at_once=200) as both:
        asking = [asyncio.create_task(both[number % 2].get("/v1/tasks")) for number in range(50)]
        while not usage.reads:  # noqa: ASYNC110 - the gateway brings it about
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        usage.free.set()
        answers = await asyncio.gather(*asking)
        later = [(await one.get("/v1/tasks")).status for one in both]

        assert [answer.status for answer in answers] == [200] * 50
        assert later == [200, 200]
        assert usage.reads == 1
        metrics = [(await one.get("/metrics")).status for one in both]
        assert metrics == [200, 200]


async def test_an_event_makes_both_replicas_read_anew(tmp_path: Path, redis_url: str) -> None:
    usage = SlowUsage()
    usage.free.set()
    async with replicas(tmp_path, redis_url, usage) as (one, other):
        await one.get("/v1/tasks")
        await other.get("/v1/tasks")
        before = usage.reads
        await add_event(one, 1)
        await other.get("/v1/tasks")
        await one.get("/v1/tasks")

    assert (before, usage.reads) == (1, 2)


async def test_counts_say_how_old_they_are_and_are_new_as_soon_as_more_is_counted(
    tmp_path: Path, redis_url: str
) -> None:
    async def count(world: GatewayWorld, number: int, seen: EventId | None) -> EventId:
        await add_event(world, number)
        event = replace(make_event(), id=EventId(f"evt_{number:026}"), created_at=world.house.desk.clock.now())
        async with world.house.desk.store.begin() as session:
            now = world.house.desk.clock.now()
            assert await session.readers.lease(COUNTS, owner="test", now=now, until=now)
            await count_event(session, event)
            assert await session.readers.move(COUNTS, seen=seen, to=event.id)
        return event.id

    async with replicas(tmp_path, redis_url, SlowUsage()) as (one, other):
        seen = await count(one, 1, None)
        answers = [await world.get("/v1/analytics/events") for world in (one, other, one)]
        tag = answers[0].headers["etag"]
        unchanged = await other.get("/v1/analytics/events", If_None_Match=tag)
        await count(one, 2, seen)
        fresh = await other.get("/v1/analytics/events", If_None_Match=tag)

    said = [answer.headers["cache-status"] for answer in answers]
    assert said == ["eaa; fwd=miss; stored", "eaa; hit", "eaa; hit"]
    assert all(0 <= int(answer.headers["age"]) < 60 for answer in answers)
    assert [answer.body["data"][0]["count"] for answer in answers] == [1, 1, 1]
    assert unchanged.status == 304
    assert (fresh.status, fresh.body["data"][0]["count"]) == (200, 2)


async def test_without_the_redis_each_replica_reads_for_itself(tmp_path: Path, redis_url: str) -> None:
    assert redis_url  # says whether this machine has to have a Redis
    usage = SlowUsage()
    usage.free.set()
    with redis_server(tmp_path / "redis") as server:
        async with replicas(tmp_path, server.url, usage) as (one, other):
            await one.get("/v1/tasks")
            server.kill()
            await add_event(one, 1)
            statuses = [(await world.get("/v1/tasks")).status for world in (one, other, one, other)]

    assert statuses == [200] * 4
    assert usage.reads == 3


async def test_an_error_of_a_read_is_nobodys_answer_afterwards(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SlowUsage()
    usage.free.set()
    async with replicas(tmp_path, redis_url, usage) as (one, other):

        async def fails(*_: object, **__: object) -> tuple[UsageLine, ...]:
            raise OSError("the disk is gone")

        with monkeypatch.context() as patched:
            patched.setattr(usage, "sums", fails)
            failed = await one.get("/v1/tasks")
        answered = await other.get("/v1/tasks")

    assert (failed.status, answered.status) == (500, 200)
