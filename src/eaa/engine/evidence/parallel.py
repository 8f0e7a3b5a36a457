"""Doing a few things at once, and none of them any longer once one fails."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import TypeVar, cast

T = TypeVar("T")
U = TypeVar("U")


async def in_parallel(jobs: Iterable[Coroutine[object, object, T]]) -> list[T]:
    """Return the jobs' results in order. The first error ends the others and is raised as it is, not in a group."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def both(one: Coroutine[object, object, T], other: Coroutine[object, object, U]) -> tuple[T, U]:
    """Return the results of two jobs done at once, as `in_parallel` does."""
    jobs: tuple[Coroutine[object, object, object], ...] = (one, other)
    first, second = await in_parallel(jobs)
    return cast("T", first), cast("U", second)
