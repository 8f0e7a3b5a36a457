"""Many processes kept running by one."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from eaa.services.supervisor.supervisor import Program, Supervisor

ROOT = Path(__file__).resolve().parents[2]
_SERVES = """
import os, signal, sys, threading
name, folder = sys.argv[1:3]
def note(what):
    with open(f"{folder}/notes", "a") as notes:
        notes.write(f"{name} {what}\\n")
def end(*_):
    note("ended"); os._exit(0)
signal.signal(signal.SIGTERM, end)
note("began")
threading.Thread(target=lambda: (sys.stdin.read(), end()), daemon=True).start()
while True:
    signal.pause()
"""


def notes(folder: Path) -> list[str]:
    """Return what the programs noted so far."""
    path = folder / "notes"
    return path.read_text().splitlines() if path.exists() else []


async def until(folder: Path, line: str, *, count: int = 1) -> None:
    async with asyncio.timeout(30):
        while notes(folder).count(line) < count:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.02)


def program(name: str, folder: Path, *, order: int = 0) -> Program:
    return Program(name, (sys.executable, "-c", _SERVES, name, str(folder)), order=order)


async def test_a_program_that_fell_is_started_again_and_all_end_in_their_order(tmp_path: Path) -> None:
    supervisor = Supervisor([program("worker", tmp_path, order=1), program("door", tmp_path)], grace_s=20)
    stopped = asyncio.Event()
    running = asyncio.create_task(supervisor.run(stopped))
    await until(tmp_path, "worker began")
    await until(tmp_path, "door began")

    os.kill(supervisor.process_ids["worker"], signal.SIGKILL)
    await until(tmp_path, "worker began", count=2)
    stopped.set()
    await running

    assert notes(tmp_path)[-2:] == ["door ended", "worker ended"]
    assert supervisor.process_ids == {}


async def test_a_program_that_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    ignores = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    deaf = f"{ignores}; open(sys.argv[1], 'w').close(); signal.pause()"
    began = tmp_path / "began"
    supervisor = Supervisor([Program("deaf", (sys.executable, "-c", deaf, str(began)))], grace_s=0.2)
    stopped = asyncio.Event()
    running = asyncio.create_task(supervisor.run(stopped))
    async with asyncio.timeout(30):
        while not began.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.02)

    stopped.set()
    await running

    assert supervisor.process_ids == {}


async def test_the_programs_of_a_supervisor_that_was_killed_end_by_themselves(tmp_path: Path) -> None:
    keeps = f"""
import asyncio, sys
from pathlib import Path
from tests.integration.test_supervisor import program
from eaa.services.supervisor.supervisor import Supervisor
asyncio.run(Supervisor([program("worker", Path({str(tmp_path)!r}))], grace_s=5).run(asyncio.Event()))
"""
    supervisor = await asyncio.create_subprocess_exec(sys.executable, "-c", keeps, cwd=ROOT)
    await until(tmp_path, "worker began")
    supervisor.kill()
    await supervisor.wait()

    await until(tmp_path, "worker ended")


@pytest.mark.parametrize("size", [3_000_000])
async def test_a_line_without_end_stops_no_log(tmp_path: Path, size: int) -> None:
    says = f"import sys; sys.stdout.write('x' * {size} + chr(10)); sys.stdout.flush()"
    talks = f"{says}; open(sys.argv[1], 'w').close(); sys.stdin.read()"
    began = tmp_path / "began"
    supervisor = Supervisor([Program("talks", (sys.executable, "-c", talks, str(began)))], grace_s=5)
    stopped = asyncio.Event()
    running = asyncio.create_task(supervisor.run(stopped))
    async with asyncio.timeout(30):
        while not began.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.02)

    stopped.set()
    await running


async def test_a_program_that_cannot_be_started_yet_is_tried_again(tmp_path: Path) -> None:
    interpreter = tmp_path / "python"
    late = Program("late", (str(interpreter), "-c", _SERVES, "late", str(tmp_path)), order=0)
    supervisor = Supervisor([late], grace_s=20)
    stopped = asyncio.Event()
    running = asyncio.create_task(supervisor.run(stopped))
    # Long enough for a start that fails.
    await asyncio.sleep(0.2)
    assert not running.done()

    interpreter.symlink_to(sys.executable)
    await until(tmp_path, "late began")
    stopped.set()
    await running

    assert notes(tmp_path) == ["late began", "late ended"]


_SIGNS = """
import asyncio, sys, threading
from eaa.cli.signs_of_life import give_signs_of_life
async def main():
    give_signs_of_life()
    threading.Thread(target=lambda: (sys.stdin.read(), __import__('os')._exit(0)), daemon=True).start()
    with open(f"{sys.argv[1]}/notes", "a") as notes:
        notes.write("signs began\\n")
    await asyncio.sleep(3600)
asyncio.run(main())
"""


async def test_a_program_that_freezes_is_killed_and_started_again(tmp_path: Path) -> None:
    signs = Program("signs", (sys.executable, "-c", _SIGNS, str(tmp_path)))
    supervisor = Supervisor([signs], grace_s=20, patience_s=1.5)
    stopped = asyncio.Event()
    running = asyncio.create_task(supervisor.run(stopped))
    await until(tmp_path, "signs began")
    first = supervisor.process_ids["signs"]
    # Twice as long as it takes for one that is silent.
    await asyncio.sleep(3.0)
    assert supervisor.process_ids == {"signs": first}

    os.kill(first, signal.SIGSTOP)
    await until(tmp_path, "signs began", count=2)
    assert supervisor.process_ids["signs"] != first
    stopped.set()
    await running


async def test_a_program_that_never_gives_a_sign_is_killed_whatever_it_has_started(tmp_path: Path) -> None:
    starts = "import subprocess; subprocess.Popen(['sleep', '30'], start_new_session=True)"
    silent = f"{starts}; import sys; open(sys.argv[1], 'a').write('silent began\\n'); sys.stdin.read()"
    notes_file = tmp_path / "notes"
    program_ = Program("silent", (sys.executable, "-c", silent, str(notes_file)))
    supervisor = Supervisor([program_], grace_s=20, start_s=0.5)
    stopped = asyncio.Event()
    running = asyncio.create_task(supervisor.run(stopped))

    await until(tmp_path, "silent began", count=2)
    stopped.set()
    await running


async def test_signs_of_life_are_given_as_systemd_asks_for_them(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        asked = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
        told = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _SIGNS, str(tmp_path), env={**os.environ, **asked}, stdin=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(30):
            signs = [await asyncio.get_running_loop().sock_recv(manager, 64) for _ in range(3)]
        told.kill()
        await told.wait()

    assert signs == [b"WATCHDOG=1"] * 3
