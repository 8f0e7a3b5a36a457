"""A client that never keeps a call waiting for a Redis that does not answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from typing_extensions import override

from eaa.domain.errors import InvalidRequest
from eaa.kit.cancellation import heeding_cancellation

ANSWER_S = 0.5
"""How long Redis may take for anything."""
GONE = (RedisError, OSError, TimeoutError)
"""What a client raises when Redis is gone, is busy, or does not do what is asked."""


class _Client(Redis):
    @override
    async def execute_command(self, *args: Any, **options: Any) -> Any:
        with heeding_cancellation():
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]


async def fault_of(redis: Redis) -> str | None:
    """Say what is wrong with a Redis, None when nothing is."""
    try:
        await redis.ping()
    except GONE as error:
        # Its words may name the address.
        return type(error).__name__
    return None


@asynccontextmanager
async def open_redis(url: str) -> AsyncIterator[Redis]:
    """Open a client and close its connections at the end of the block; nothing is connected yet.

    Raises:
        InvalidRequest: This is no address of a Redis.
    """
    try:
        client: Redis = _Client.from_url(
            url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S, retry=Retry(NoBackoff(), 0)
        )
    except ValueError as error:
        # The address may hold a password, so it is not repeated.
        raise InvalidRequest(
            "EAA_REDIS_URL is no address of a Redis", hint="Write redis://:PASSWORD@HOST:PORT/0, or rediss://… for TLS."
        ) from error
    try:
        yield client
    finally:
        await client.aclose()
