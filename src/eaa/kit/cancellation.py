"""Libraries that swallow a cancellation."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeding_cancellation() -> Iterator[None]:
    """Raise a cancellation that came during the block and that what ran there has swallowed.

    `asyncio.wait_for` before Python 3.12 returns its result when it is cancelled just as the result comes, and the
    clients of NATS and Redis wait that way. A task that goes on after that is never told again to end.

    Raises:
        asyncio.CancelledError: This task was cancelled, whatever the block returned or raised.

    Source: github.com/python/cpython, issue 86296.
    """
    task = asyncio.current_task()
    assert task is not None
    before = task.cancelling()
    try:
        yield
    finally:
        # `asyncio.timeout` takes its own cancellation back before this; what is left came from outside.
        if task.cancelling() > before:
            raise asyncio.CancelledError
