"""Limits a minute in Redis: each wish is one round trip, and no two processes get the same room."""

import logging
import time
from collections.abc import Callable

from redis.asyncio import Redis
from typing_extensions import override

from eaa.adapters.redis.connection import GONE
from eaa.ports.rates import Limits, Rates, Taken

LEFT_ALONE_S = 5.0
"""How long a Redis that did not answer is not asked again."""
_KEPT_S = 120
"""After a minute without calls a limit is whole again, whatever is remembered of it."""
_NO_LIMIT = -1
_log = logging.getLogger(__name__)

_SCRIPT = """
local requests_limit, tokens_limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local calls, tokens, now = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local known = redis.call('HMGET', KEYS[1], 'requests', 'tokens', 'at')
local at = tonumber(known[3] or now)
local passed = math.max(now - at, 0)

local function level(before, limit)
    before = tonumber(before or limit)
    return math.min(limit, before + passed * limit / 60)
end

local requests, left = level(known[1], requests_limit), level(known[2], tokens_limit)
local wanted = math.min(tokens, tokens_limit)
local taken = 1
if calls > 0 then
    if requests_limit >= 0 and requests < calls - 1e-6 then taken = 0 end
    if tokens_limit >= 0 and left < wanted - 1e-6 then taken = 0 end
end
if taken == 1 then
    requests = requests - calls
    left = math.min(tokens_limit, left - wanted)
end
redis.call('HSET', KEYS[1], 'at', string.format('%.6f', math.max(now, at)))
if requests_limit >= 0 then redis.call('HSET', KEYS[1], 'requests', string.format('%.6f', requests)) end
if tokens_limit >= 0 then redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', left)) end
redis.call('EXPIRE', KEYS[1], ARGV[6])
return {taken, string.format('%.6f', requests), string.format('%.6f', left)}
"""


class RedisRates(Rates):
    """Keeps what is left of a key's limits in a hash. While Redis is away nobody knows; that is said once."""

    def __init__(
        self, redis: Redis, *, prefix: str = "eaa:", monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._take = redis.register_script(_SCRIPT)
        self._prefix = f"{prefix}rates:"
        self._monotonic_s = monotonic_s
        self._is_reached = True
        self._ask_again_s = 0.0

    @override
    async def take(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> Taken | None:
        told = await self._told(key, limits, calls=1, tokens=tokens, now_s=now_s)
        if told is None:
            return None
        is_taken, requests, left = told
        return Taken(
            is_taken=bool(is_taken),
            requests_left=None if limits.requests_per_minute is None else float(requests),
            tokens_left=None if limits.tokens_per_minute is None else float(left),
        )

    @override
    async def settle(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> None:
        if tokens and limits.tokens_per_minute is not None:
            await self._told(key, limits, calls=0, tokens=tokens, now_s=now_s)

    async def _told(
        self, key: str, limits: Limits, *, calls: int, tokens: int, now_s: float
    ) -> tuple[int, bytes, bytes] | None:
        if not self._is_reached and self._monotonic_s() < self._ask_again_s:
            return None
        said = (_limit(limits.requests_per_minute), _limit(limits.tokens_per_minute), calls, tokens, now_s, _KEPT_S)
        try:
            is_taken, requests, left = await self._take(keys=[self._prefix + key], args=said)
        except GONE as error:
            self._went_away(error)
            return None
        self._is_reached = True
        return int(is_taken), requests, left

    def _went_away(self, error: Exception) -> None:
        if self._is_reached:
            _log.warning("llm.rates_not_shared because=%s: limits a minute hold in each process alone", _kind(error))
        self._is_reached = False
        self._ask_again_s = self._monotonic_s() + LEFT_ALONE_S


def _limit(limit: int | None) -> int:
    return _NO_LIMIT if limit is None else limit


def _kind(error: Exception) -> str:
    # The words of the client may hold the address, and with it a password.
    return type(error).__name__
