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
from eaa.domain.completion import Completion, StopReason
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.ports.answer_cache import CachedAnswer, Selection
from eaa.ports.cooldowns import Cooldown

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
    for key, content in (("a", b""), ("b", b"{}\n{}"), ("c", b"\xff\xff\n[]"), ("d", b"[1]\n{}")):
        await redis.set(f"{prefix}answer:{DEFAULT_ORGANISATION}:{key}", content)

    assert [await answers.get(DEFAULT_ORGANISATION, key) for key in "abcd"] == [None] * 4


async def test_an_address_that_is_none_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidRequest) as caught:
        async with open_redis("http://:secret@127.0.0.1/0"):
            pass

    assert "secret" not in str(caught.value)
