"""Several processes on one database."""

import asyncio
import sys
from pathlib import Path

from eaa.adapters.sql.store import open_store
from eaa.domain.ids import RunId

ROOT = Path(__file__).parents[3]


async def test_three_processes_count_to_600_without_losing_an_update(url: str) -> None:
    # They also migrate the empty database at the same moment.
    writers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.sql.writer", url, "run_1", "200", cwd=ROOT
        )
        for _ in range(3)
    ]

    assert [await writer.wait() for writer in writers] == [0, 0, 0]

    async with open_store(url) as store, store.begin() as session:
        assert (await session.runs.get(RunId("run_1"))).attempt == 600
