"""Processes that share news through a real Redis, and what happens without it."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.redis.answer_cache import RedisAnswerCache
from eaa.adapters.redis.connection import open_redis
from eaa.adapters.redis.cooldowns import RedisCooldowns, open_cooldowns
from eaa.adapters.redis.rates import LEFT_ALONE_S, RedisRates
from eaa.domain.completion import Completion, StopReason
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.ports.answer_cache import CachedAnswer, Selection
from eaa.ports.cooldowns import Cooldown
from eaa.ports.rates import Limits
from tests.support.cancelling import count_swallowed

ALPHA = Cooldown("model:alpha", because="model.rate_limited", until_s=100.0)
LONGER = Cooldown("model:alpha", because="model.overloaded", until_s=200.0)
NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with open_redis(redis_url) as client:
        yield client


@pytest.fixture
def prefix() -> str:
    return f"eaa-test-{secrets.token_hex(6)}:"


async def test_a_cooldown_reaches_another_process_and_so_does_its_end(redis: Redis, prefix: str) -> None:
    ours, theirs = RedisCooldowns(redis, prefix=prefix), RedisCooldowns(redis, prefix=prefix)
    await ours.start(ALPHA)

    await theirs.hear(1.0)
    assert theirs.active(1.0) == {"model:alpha": ALPHA}
    await theirs.end("model:alpha")
    await ours.hear(2.0)

    assert ours.active(2.0) == {}


async def test_of_two_processes_cooldowns_the_longer_one_stays(redis: Redis, prefix: str) -> None:
    ours, theirs = RedisCooldowns(redis, prefix=prefix), RedisCooldowns(redis, prefix=prefix)
    await ours.start(LONGER)
    await theirs.start(ALPHA)

    await theirs.hear(1.0)

    assert theirs.active(1.0)["model:alpha"].until_s == 200.0


async def test_what_is_over_leaves_nothing_in_redis(redis: Redis, prefix: str) -> None:
    ours = RedisCooldowns(redis, prefix=prefix)
    await ours.start(ALPHA)

    await ours.hear(150.0)

    assert await redis.keys(f"{prefix}*") == []


async def test_news_are_heard_again_and_again(redis: Redis, prefix: str) -> None:
    heard, asked = asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        heard.set()
        asked.clear()
        await asked.wait()

    theirs, clock = RedisCooldowns(redis, prefix=prefix), MemoryClock(datetime.fromtimestamp(1, UTC))
    async with open_cooldowns(redis, clock=clock, sleep=sleep, prefix=prefix) as ours:
        await heard.wait()
        heard.clear()
        await theirs.start(ALPHA)
        asked.set()
        await heard.wait()

        assert ours.active(1.0) == {"model:alpha": ALPHA}


async def test_without_redis_a_process_knows_what_it_found_out_itself() -> None:
    async with open_redis(NOBODY) as client:
        ours = RedisCooldowns(client)
        await ours.start(ALPHA)
        await ours.hear(1.0)
        await ours.start(LONGER)
        assert ours.active(1.0) == {"model:alpha": LONGER}

        await ours.end("model:alpha")
        assert ours.active(1.0) == {}


async def test_what_redis_missed_is_told_when_it_is_back(redis_url: str, prefix: str) -> None:
    async with open_redis(redis_url) as client, open_redis(NOBODY) as gone:
        ours, theirs = RedisCooldowns(gone, prefix=prefix), RedisCooldowns(client, prefix=prefix)
        await ours.start(ALPHA)
        ours._redis = client

        await ours.hear(1.0)
        await theirs.hear(1.0)

        assert ours.active(1.0) == theirs.active(1.0) == {"model:alpha": ALPHA}


async def test_a_limit_is_used_up_by_all_processes_together(redis: Redis, prefix: str) -> None:
    ours, theirs = RedisRates(redis, prefix=prefix), RedisRates(redis, prefix=prefix)
    limits = Limits(requests_per_minute=5, tokens_per_minute=None)

    taken = [await one.take("key:a", limits, tokens=1, now_s=1000.0) for one in (ours, theirs) * 3]

    assert [one.is_taken for one in taken if one is not None] == [True] * 5 + [False]
    assert 0 < await redis.ttl(f"{prefix}rates:key:a") <= 120


async def test_without_redis_nobody_knows_a_limit_and_that_is_said_once_an_outage(
    redis_url: str, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    limits, now_s = Limits(requests_per_minute=5, tokens_per_minute=100), 0.0
    async with open_redis("redis://:s3cret-word@127.0.0.1:1/0") as gone, open_redis(redis_url) as client:
        rates = RedisRates(gone, prefix=prefix, monotonic_s=lambda: now_s)
        back = RedisRates(client, prefix=prefix)._take
        away, outages = rates._take, 2
        for _ in range(outages):
            for _ in range(3):
                assert await rates.take("key:a", limits, tokens=1, now_s=1000.0) is None
                await rates.settle("key:a", limits, tokens=-1, now_s=1000.0)
            rates._take = back
            assert await rates.take("key:a", limits, tokens=1, now_s=1000.0) is None, "it is left alone for a while"
            now_s += LEFT_ALONE_S
            assert await rates.take("key:a", limits, tokens=1, now_s=1000.0) is not None
            rates._take = away

    said = [record.getMessage() for record in caplog.records if record.name == "eaa.adapters.redis.rates"]
    assert len(said) == outages
    assert "limits a minute hold in each process alone" in said[0]
    assert "s3cret-word" not in caplog.text


async def test_answers_without_redis_are_none_and_nothing_is_raised() -> None:
    completion, at = Completion((), StopReason.END, usage=None), datetime(2026, 1, 1, tzinfo=UTC)
    answer = CachedAnswer(DEFAULT_ORGANISATION, "k", "m", None, frozenset(), completion, at)
    async with open_redis(NOBODY) as client:
        answers = RedisAnswerCache(client)

        await answers.put(answer)

        assert await answers.get(DEFAULT_ORGANISATION, "k") is None
        assert await answers.forget(Selection(DEFAULT_ORGANISATION)) == 0


async def test_what_somebody_else_wrote_under_our_names_is_no_answer(redis: Redis, prefix: str) -> None:
    answers = RedisAnswerCache(redis, prefix=prefix)
    contents = (b"", b"{}\n{}", b"\xff\xff\n[]", b"[1]\n{}", b"[" * 100_000 + b"\n{}")
    for number, content in enumerate(contents):
        await redis.set(f"{prefix}answer:{DEFAULT_ORGANISATION}:{number}", content)

    assert [await answers.get(DEFAULT_ORGANISATION, str(number)) for number in range(5)] == [None] * 5


async def test_an_address_that_is_none_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidRequest) as caught:
        async with open_redis("http://:secret@127.0.0.1/0"):
            pass

    assert "secret" not in str(caught.value)


async def test_a_call_that_is_cancelled_ends_whenever_that_is(redis: Redis, prefix: str) -> None:
    cancelled, swallowed = await count_swallowed(lambda _: redis.get(f"{prefix}nothing"), moment_s=0.00001)

    assert cancelled > 0
    assert swallowed == 0
