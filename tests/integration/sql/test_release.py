"""Runs of gone processes, released while their owner still writes."""

import asyncio
from dataclasses import replace

import psycopg
import pytest

from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.domain.run import RunState
from eaa.engine.run_queue import release_abandoned
from tests.makers import make_run
from tests.postgres import new_database
from tests.support.flow_world import make_desk


@pytest.mark.postgres
async def test_a_run_that_its_owner_ends_at_this_very_moment_stays_ended(postgres_url: str) -> None:
    with new_database(postgres_url) as url:
        await upgrade(url)
        async with open_store(url) as store:
            desk, run = replace(make_desk(), store=store), make_run(owner_slot="dispatcher-7")
            async with store.begin() as session:
                await session.runs.add(replace(run, state=RunState.RUNNING))

            async with store.begin() as session:
                await session.runs.update(replace(run, state=RunState.DONE))
                # It has read that the run works, and waits for the row.
                releasing = asyncio.create_task(release_abandoned({"dispatcher-7"}, but=(), desk=desk))
                await _until_somebody_waits(url)

            assert await releasing == ()
            async with store.begin() as session:
                assert (await session.runs.get(run.id)).state is RunState.DONE


async def _until_somebody_waits(url: str) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection, asyncio.timeout(20):
        while (await (await connection.execute(waiting)).fetchone()) == (0,):  # noqa: ASYNC110 - a table tells nobody
            await asyncio.sleep(0.02)
