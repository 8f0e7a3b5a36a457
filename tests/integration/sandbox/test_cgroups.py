"""Control groups of our own, where this machine lets us make them. The attacks run without, under what stands in."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.sandbox.cgroups import ControlGroup, remove_leftovers
from eaa.domain.command import MEBIBYTE, Command, CommandEnd, Limits, Mount
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox

SMALL = Limits(wall_s=60, memory_bytes=96 * MEBIBYTE, processes=24)
MODEST_PROCESSES = """
import os, sys, time
for _ in range(8):
    if os.fork() == 0:
        block = bytearray(40 << 20)
        block[::4096] = b"x" * len(block[::4096])
        time.sleep(50)
        os._exit(0)
try:
    while True:
        os.wait()
except ChildProcessError:
    sys.exit(7)
"""


FORKS = """
import os, sys, time
children = 0
try:
    for _ in range(100):
        if os.fork() == 0:
            time.sleep(50)
            os._exit(0)
        children += 1
except BlockingIOError:
    print("refused after", children)
    sys.exit(7)
"""


def python(code: str, limits: Limits) -> Command:
    mounts = (Mount(Path(sys.base_prefix), "/python"),)
    return Command(("/python/bin/python3", "-c", code), mounts=mounts, limits=limits)


def _own_groups() -> list[Path]:
    return list(Path("/sys/fs/cgroup").glob(f"**/eaa-{os.getpid()}-*"))


@pytest.fixture
def sandbox() -> BubblewrapSandbox:
    require_bubblewrap()
    group = ControlGroup.create(SMALL)
    if group is None:
        pytest.skip("this process may not make control groups")
    group.remove()
    return BubblewrapSandbox()


async def test_memory_of_all_processes_together_is_held(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    result = await sandbox.run(python(MODEST_PROCESSES, SMALL), root=tmp_path)

    assert (result.end, result.exit_code) == (CommandEnd.OUT_OF_MEMORY, None)
    assert result.peak_memory_bytes is not None
    assert 64 * MEBIBYTE < result.peak_memory_bytes <= SMALL.memory_bytes


async def test_the_number_of_processes_is_held_and_said(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    result = await sandbox.run(python(FORKS, SMALL), root=tmp_path)

    children = int(result.stdout.text().rpartition(" ")[2])
    assert SMALL.processes // 2 < children < SMALL.processes
    assert (result.end, result.exit_code, result.was_refused_processes) == (CommandEnd.EXITED, 7, True)


async def test_a_modest_command_is_told_nothing_of_limits(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    result = await sandbox.run(python("import sys; sys.exit(7)", SMALL), root=tmp_path)

    assert (result.end, result.exit_code, result.was_refused_processes) == (CommandEnd.EXITED, 7, False)


async def test_the_command_is_in_its_group_and_the_group_goes_with_it(
    sandbox: BubblewrapSandbox, tmp_path: Path
) -> None:
    # Asked from outside: what it is called inside depends on when bubblewrap made the namespace of groups.
    running = asyncio.create_task(sandbox.run(Command(("sleep", "50"), limits=SMALL), root=tmp_path))
    async with asyncio.timeout(20):
        while not (groups := _own_groups()) or not all("sleep" in _programs_in(group) for group in groups):
            assert not running.done()
            await asyncio.sleep(0.01)

    running.cancel()
    await asyncio.wait({running})
    assert _own_groups() == []


def test_an_empty_group_of_a_dead_process_is_removed(sandbox: BubblewrapSandbox) -> None:
    group = ControlGroup.create(SMALL)
    assert group is not None
    group.remove()
    parents = [folder.parent for folder in group.folders.values()]
    # No process has this number: it is above the kernel's highest.
    leftovers = [parent / "eaa-4194305-0" for parent in parents]
    for folder in leftovers:
        folder.mkdir()

    remove_leftovers(parents[0])
    remove_leftovers(parents[-1])

    assert not any(folder.exists() for folder in leftovers)


def _programs_in(group: Path) -> list[str]:
    """Return the names of the programs that run in a group now."""
    names = []
    for process_id in (group / "cgroup.procs").read_text().split():
        with suppress(OSError):
            names.append(Path("/proc", process_id, "comm").read_text().strip())
    return names
