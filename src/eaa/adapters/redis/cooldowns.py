"""Cooldowns that processes share: a view in memory, brought up to date every second."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from typing_extensions import override

from eaa.adapters.redis.connection import GONE
from eaa.kit.cancellation import heeding_cancellation
from eaa.ports.clock import Clock
from eaa.ports.cooldowns import Cooldown, Cooldowns

NEWS_S = 1.0
"""How old other processes' news may be."""


class RedisCooldowns(Cooldowns):
    """Keeps cooldowns in a sorted set by their end, and their reasons in a hash.

    While Redis is away, this process knows what it found out itself, and asks for nothing but news.
    """

    def __init__(self, redis: Redis, *, prefix: str = "eaa:") -> None:
        self._redis = redis
        self._ends = f"{prefix}cooldowns"
        self._reasons = f"{prefix}cooldown-reasons"
        self._view: dict[str, Cooldown] = {}
        self._untold: dict[str, Cooldown | None] = {}
        """What Redis has not heard yet of this process: cooldowns, and None for those that ended."""
        self._is_reached = True
        self._changes = 0

    @override
    def active(self, now_s: float) -> dict[str, Cooldown]:
        if self._view:
            self._view = {subject: one for subject, one in self._view.items() if one.until_s > now_s}
        return self._view

    @override
    async def start(self, cooldown: Cooldown) -> None:
        known = self._view.get(cooldown.subject)
        if known is not None and known.until_s >= cooldown.until_s:
            return
        self._note(cooldown.subject, cooldown)
        await self._tell()

    @override
    async def end(self, subject: str) -> None:
        self._note(subject, None)
        await self._tell()

    async def hear(self, now_s: float) -> None:
        """Tell what Redis has not heard and take over what other processes said."""
        self._is_reached = True
        await self._tell()
        if not self._is_reached:
            return
        before = self._changes
        try:
            async with self._redis.pipeline() as pipe:
                pipe.zremrangebyscore(self._ends, "-inf", now_s)
                pipe.zrange(self._ends, 0, -1, withscores=True)
                pipe.hgetall(self._reasons)
                with heeding_cancellation():
                    _, ends, reasons = await pipe.execute()
            over = [subject for subject in reasons if subject not in dict(ends)]
            if over:
                await self._redis.hdel(self._reasons, *over)
        except GONE:
            self._is_reached = False
            return
        # What changed here in the meantime is newer than what was heard; the next news will have it.
        if self._changes == before:
            self._view = {
                subject.decode(): Cooldown(subject.decode(), reasons.get(subject, b"").decode(), until_s)
                for subject, until_s in ends
            }

    def _note(self, subject: str, cooldown: Cooldown | None) -> None:
        self._changes += 1
        self._untold[subject] = cooldown
        view = {name: one for name, one in self._view.items() if name != subject}
        self._view = view if cooldown is None else {**view, subject: cooldown}

    async def _tell(self) -> None:
        """Tell Redis, unless it was not there when it was last asked: then the next hearing tries again."""
        if not self._untold or not self._is_reached:
            return
        untold, self._untold = self._untold, {}
        try:
            async with self._redis.pipeline() as pipe:
                for subject, cooldown in untold.items():
                    if cooldown is None:
                        pipe.zrem(self._ends, subject)
                        pipe.hdel(self._reasons, subject)
                    else:
                        # GT: of two cooldowns the longer one stays.
                        pipe.zadd(self._ends, {subject: cooldown.until_s}, gt=True)
                        pipe.hset(self._reasons, subject, cooldown.because)
                with heeding_cancellation():
                    await pipe.execute()
        except GONE:
            self._is_reached = False
            self._untold = untold | self._untold


@asynccontextmanager
async def open_cooldowns(
    redis: Redis, *, clock: Clock, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, prefix: str = "eaa:"
) -> AsyncIterator[RedisCooldowns]:
    """Open shared cooldowns that hear news every second until the end of the block."""
    cooldowns = RedisCooldowns(redis, prefix=prefix)
    listening = asyncio.ensure_future(_listen(cooldowns, clock, sleep))
    try:
        yield cooldowns
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def _listen(cooldowns: RedisCooldowns, clock: Clock, sleep: Callable[[float], Awaitable[None]]) -> None:
    while True:
        await cooldowns.hear(clock.now().timestamp())
        await sleep(NEWS_S)
