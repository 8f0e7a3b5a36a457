"""Found by costly reads, in Redis."""

from collections.abc import Awaitable
from datetime import datetime
from typing import cast

from redis.asyncio import Redis
from typing_extensions import override

from eaa.adapters.redis.connection import GONE
from eaa.ports.shared_cache import CachedRead, SharedCache

_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
"""Somebody else may have the claim by now."""


class RedisSharedCache(SharedCache):
    """Keeps each read and each claim under a key of its own, which Redis drops when its time is over."""

    def __init__(self, redis: Redis, *, prefix: str = "eaa:") -> None:
        self._redis = redis
        self._prefix = prefix

    @override
    async def get(self, key: str) -> CachedRead | None:
        try:
            record = await self._redis.get(self._name("read", key))
        except GONE:
            return None
        return None if record is None else _read_of(record)

    @override
    async def put(self, key: str, read: CachedRead, *, for_s: float) -> None:
        record = read.made_at.isoformat().encode() + b"\n" + read.content
        try:
            await self._redis.set(self._name("read", key), record, px=_milliseconds(for_s))
        except GONE:
            return

    @override
    async def claim(self, key: str, *, owner: str, for_s: float) -> bool:
        name = self._name("claim", key)
        try:
            if await self._redis.set(name, owner, nx=True, px=_milliseconds(for_s)):
                return True
            holder = await self._redis.get(name)
        except GONE:
            return True
        return holder is None or holder in (owner, owner.encode())

    @override
    async def release(self, key: str, *, owner: str) -> None:
        try:
            await cast(Awaitable[object], self._redis.eval(_RELEASE, 1, self._name("claim", key), owner))
        except GONE:
            return

    def _name(self, kind: str, key: str) -> str:
        return f"{self._prefix}{kind}:{key}"


def _read_of(record: bytes | str) -> CachedRead | None:
    """Return what a record keeps; None when another version wrote it in its own way."""
    content = record.encode() if isinstance(record, str) else record
    made_at, _, rest = content.partition(b"\n")
    try:
        return CachedRead(rest, datetime.fromisoformat(made_at.decode()))
    except ValueError:
        return None


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
