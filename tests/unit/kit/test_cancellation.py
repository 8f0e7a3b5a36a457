"""A cancellation that a library swallowed."""

import asyncio

import pytest

from eaa.kit.cancellation import heeding_cancellation


async def swallows(ready: asyncio.Event, then: type[Exception] | None = None) -> str:
    try:
        ready.set()
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        if then is not None:
            raise then from None
    return "an answer"


@pytest.mark.parametrize("then", [None, OSError])
async def test_it_is_raised_whatever_the_library_did_instead(then: type[Exception] | None) -> None:
    ready = asyncio.Event()

    async def work() -> str:
        with heeding_cancellation():
            return await swallows(ready, then)

    task = asyncio.create_task(work())
    await ready.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_time_limit_inside_is_none() -> None:
    with heeding_cancellation():
        async with asyncio.timeout(0):
            assert await swallows(asyncio.Event()) == "an answer"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.Event().wait()


async def test_cleaning_up_after_a_cancellation_may_use_it() -> None:
    cleaned = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            with heeding_cancellation():
                await asyncio.sleep(0)
            cleaned.set()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned.is_set()
