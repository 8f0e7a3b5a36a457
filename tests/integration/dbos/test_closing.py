"""What else works in a process whose workflows are closed."""

import asyncio
from pathlib import Path

from eaa.adapters.dbos.workflow import open_workflows


async def test_threads_of_the_loop_work_before_while_and_after_workflows_are_closed(tmp_path: Path) -> None:
    done = 0

    async def work_on_threads() -> None:
        nonlocal done
        while True:
            await asyncio.to_thread(int)
            done += 1

    working: asyncio.Task[None] | None = None
    async with open_workflows(f"sqlite:///{tmp_path}/workflows.sqlite", slot="cli-0", table={}):
        working = asyncio.create_task(work_on_threads())
        while done < 10:  # noqa: ASYNC110 - it goes on for ever
            await asyncio.sleep(0)
    closed_at = done
    while done < closed_at + 10 and not working.done():  # noqa: ASYNC110
        await asyncio.sleep(0)
    working.cancel()
    await asyncio.wait({working})

    assert working.cancelled()


async def test_no_file_of_the_workflows_is_open_after_they_are_closed(tmp_path: Path) -> None:
    async with open_workflows(f"sqlite:///{tmp_path}/workflows.sqlite", slot="cli-0", table={}):
        assert _open_below(tmp_path)
    assert _open_below(tmp_path) == set()


def _open_below(folder: Path) -> set[Path]:
    files = (link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return {file for file in files if file.is_relative_to(folder)}
