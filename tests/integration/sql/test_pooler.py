"""A pooler that shares server connections between transactions stands before Postgres."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from eaa.adapters.sql.engine import open_engine
from eaa.adapters.sql.migrate import current
from eaa.adapters.sql.revision import HEAD
from eaa.adapters.sql.store import open_store
from eaa.domain.ids import RunId
from tests.postgres import new_database
from tests.support.own_server import pooler

ROOT = Path(__file__).parents[3]
SERVER_CONNECTIONS = 2
pytestmark = pytest.mark.postgres


@pytest.fixture
def pooled_url(postgres_url: str) -> Iterator[str]:
    with new_database(postgres_url) as direct, pooler(direct, connections=SERVER_CONNECTIONS) as server:
        yield server.url


async def test_processes_migrate_and_count_without_losing_an_update(pooled_url: str) -> None:
    writers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.sql.writer", pooled_url, "run_1", "100", cwd=ROOT
        )
        for _ in range(3)
    ]

    assert [await writer.wait() for writer in writers] == [0, 0, 0]

    assert await current(pooled_url) == HEAD
    async with open_store(pooled_url) as store, store.begin() as session:
        assert (await session.runs.get(RunId("run_1"))).attempt == 300


async def test_many_connections_of_ours_share_few_of_the_server(pooled_url: str) -> None:
    engine = open_engine(pooled_url, connections=8)

    async def ask(number: int) -> tuple[int, int]:
        async with engine.begin() as connection:
            found = await connection.execute(
                text("SELECT pg_backend_pid() AS pid, CAST(:number AS integer) AS number, pg_sleep(0.01)"),
                {"number": number},
            )
            row = found.mappings().one()
            return int(row["pid"]), int(row["number"])

    try:
        # The same statement often enough that a driver would prepare it by itself.
        told = await asyncio.gather(*(ask(number) for number in range(80)))
    finally:
        await engine.dispose()

    assert [number for _, number in told] == list(range(80))
    assert len({process_id for process_id, _ in told}) <= SERVER_CONNECTIONS
