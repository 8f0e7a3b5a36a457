"""What every store promises about transactions."""

import asyncio
from dataclasses import replace

import pytest

from eaa.domain.errors import TaskNotFound
from eaa.domain.ids import RunId, TaskId
from eaa.ports.store import Store
from tests.makers import make_event, make_run, make_task


async def test_a_block_that_raises_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(KeyError):
        async with store.begin() as session:
            await session.tasks.add(make_task())
            await session.events.add(make_event())
            raise KeyError

    async with store.begin() as session:
        with pytest.raises(TaskNotFound):
            await session.tasks.get(TaskId("tsk_1"))
        assert await session.events.after(None, limit=1) == ()


async def test_a_cancelled_block_leaves_nothing_behind_and_lets_the_next_one_in(store: Store) -> None:
    has_written = asyncio.Event()

    async def write_and_hang() -> None:
        async with store.begin() as session:
            await session.tasks.add(make_task())
            has_written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_hang())
    await has_written.wait()
    task.cancel()
    await asyncio.wait({task})

    async with store.begin() as session:
        assert await session.tasks.newest(make_task().organisation_id, limit=9) == ()


async def test_a_transaction_sees_its_own_writes(store: Store) -> None:
    async with store.begin() as session:
        await session.tasks.add(make_task())
        assert await session.tasks.get(TaskId("tsk_1")) == make_task()


async def test_overlapping_writers_lose_no_update_of_each_other(store: Store) -> None:
    async with store.begin() as session:
        await session.runs.add(make_run(attempt=0))

    async def count_up() -> None:
        for _ in range(10):
            async with store.begin() as session:
                await session.runs.hold(RunId("run_1"), generation=1)
                run = await session.runs.get(RunId("run_1"))
                await session.runs.update(replace(run, attempt=run.attempt + 1))

    await asyncio.gather(*(count_up() for _ in range(5)))

    async with store.begin() as session:
        assert (await session.runs.get(RunId("run_1"))).attempt == 50
