"""Looking at a table again and again: when somebody rings, and after a pause at the latest."""

import asyncio
from collections.abc import Awaitable, Callable

from eaa.ports.signals import Listening


async def look_until(
    draining: asyncio.Event, look: Callable[[], Awaitable[None]], *, listening: Listening, pause_s: float
) -> None:
    """Look at once, and whenever something is rung or the pause is over; return when `draining` is set."""
    leaving = asyncio.ensure_future(draining.wait())
    try:
        while not draining.is_set():
            await look()
            rung = asyncio.ensure_future(listening.wait(timeout_s=pause_s))
            await asyncio.wait({rung, leaving}, return_when=asyncio.FIRST_COMPLETED)
            rung.cancel()
            await asyncio.wait({rung})
    finally:
        leaving.cancel()
