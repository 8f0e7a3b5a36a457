"""Calls that are cancelled at every moment of their way."""

import asyncio
import time
from collections.abc import Awaitable, Callable

TRIES = 400
_MOMENTS = 50


async def count_swallowed(call: Callable[[int], Awaitable[object]], *, moment_s: float) -> tuple[int, int]:
    """Cancel a call again and again, each time a moment later; return how many were cancelled, and how many went on.

    Args:
        call: Begins one; gets its number.
        moment_s: Fifty of them should be about what a call takes.
    """
    cancelled = swallowed = 0
    for number in range(TRIES):
        task = asyncio.ensure_future(call(number))
        until_s = time.monotonic() + number % _MOMENTS * moment_s
        while time.monotonic() < until_s and not task.done():  # noqa: ASYNC110 - every turn of the loop counts
            await asyncio.sleep(0)
        if not task.cancel():
            await task
            continue
        cancelled += 1
        await asyncio.wait({task})
        swallowed += not task.cancelled()
    return cancelled, swallowed
