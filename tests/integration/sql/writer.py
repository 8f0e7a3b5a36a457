"""A process that counts a run's attempts up; several of them at once must lose nothing.

Arguments: the database's address, the run, how often.
"""

import asyncio
import sys
from dataclasses import replace

from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.domain.ids import RunId
from tests.makers import make_run


async def main(url: str, run_id: RunId, times: int) -> None:
    await upgrade(url)
    async with open_store(url) as store:
        async with store.begin() as session:
            await session.runs.add(make_run(run_id=run_id, attempt=0))
        for _ in range(times):
            async with store.begin() as session:
                await session.runs.hold(run_id, generation=1)
                run = await session.runs.get(run_id)
                await session.runs.update(replace(run, attempt=run.attempt + 1))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], RunId(sys.argv[2]), int(sys.argv[3])))
