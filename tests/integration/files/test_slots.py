"""Slots between real processes."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from eaa.adapters.files.blobs import FileBlobs
from eaa.adapters.files.slots import FileSlots
from eaa.domain.errors import SlotTaken

HOLD = """
import asyncio, sys
from pathlib import Path
from eaa.adapters.files.slots import FileSlots
async def main():
    async with FileSlots(Path(sys.argv[1])).hold_first_free("cli") as slot:
        print(slot, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
asyncio.run(main())
"""


async def holder(folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, str(folder), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )


async def slot_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def test_processes_that_start_at_once_get_different_slots(tmp_path: Path) -> None:
    processes = [await holder(tmp_path) for _ in range(3)]

    taken = [await slot_of(process) for process in processes]

    assert sorted(taken) == ["cli-0", "cli-1", "cli-2"]
    for process in processes:
        await process.communicate(b"\n")


async def test_a_killed_holder_leaves_its_slot_free_and_a_frozen_one_does_not(tmp_path: Path) -> None:
    slots = FileSlots(tmp_path)
    process = await holder(tmp_path)
    assert await slot_of(process) == "cli-0"

    process.send_signal(signal.SIGSTOP)
    assert await slots.is_held("cli-0")
    with pytest.raises(SlotTaken):
        async with slots.hold("cli-0"):
            pass

    process.kill()
    await process.communicate()
    assert not await slots.is_held("cli-0")
    async with slots.hold("cli-0") as slot:
        assert slot == "cli-0"


async def test_a_command_that_outlives_the_holder_does_not_keep_the_slot(tmp_path: Path) -> None:
    slots = FileSlots(tmp_path)
    async with slots.hold("cli-0"):
        child = await asyncio.create_subprocess_exec("cat", stdin=asyncio.subprocess.PIPE)

    assert not await slots.is_held("cli-0")
    await child.communicate(b"")


@pytest.mark.parametrize("maker", ["slots", "blobs"])
async def test_whoever_is_the_first_makes_the_home_for_its_owner_alone(tmp_path: Path, maker: str) -> None:
    home = tmp_path / "home"
    if maker == "slots":
        async with FileSlots(home / "slots").hold_first_free("cli"):
            pass
    else:
        await FileBlobs(home / "blobs").put(b"content")

    assert [path.stat().st_mode & 0o777 for path in (home, home / maker)] == [0o700, 0o700]
