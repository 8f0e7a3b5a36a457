"""Looking at a table again and again: when somebody rings, and after a pause at the latest."""

import asyncio
from collections.abc import Awaitable, Callable

from eaa.ports.signals import Listening


async def look_until(draining: asyncio.Event, look: Callable[[], Awaitable[float]], *, listening: Listening) -> None:
    """Look at once, and whenever something is rung or the pause is over; return when `draining` is set.

    Args:
        draining: Set when it is over.
        look: Looks, and returns after how many seconds it wants to look again when nobody rings.
        listening: Hears what is rung.
    """
    leaving = asyncio.ensure_future(draining.wait())
    try:
        while not draining.is_set():
            pause_s = await look()
            rung = asyncio.ensure_future(listening.wait(timeout_s=pause_s))
            await asyncio.wait({rung, leaving}, return_when=asyncio.FIRST_COMPLETED)
            rung.cancel()
            await asyncio.wait({rung})
    finally:
        leaving.cancel()
