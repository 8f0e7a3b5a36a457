"""A person's stop, which ends whatever is being waited for."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from eaa.ports.steering import Steering

T = TypeVar("T")


class StoppedByPerson(Exception):
    """Somebody wants the work to stop."""


class StopWatch:
    """Listens for a stop for the time of the block."""

    def __init__(self, steering: Steering) -> None:
        self._steering = steering
        self._stop: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._stop = asyncio.ensure_future(self._steering.until_stopped())
        # A stop that was said before is heard before anything begins.
        await asyncio.sleep(0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await _ended(self._stop)

    async def guard(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what the work returns; a stop cancels it and waits until it is over.

        Raises:
            StoppedByPerson: The stop came first.
        """
        stop = self._stop
        assert stop is not None
        if stop.done():
            work.close()
            stop.result()
            raise StoppedByPerson
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            stop.result()
            raise StoppedByPerson
        finally:
            await _ended(task)


async def _ended(task: "asyncio.Task[Any] | None") -> None:
    """Wait until a task is over, whatever comes of it now."""
    if task is None:
        return
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()
