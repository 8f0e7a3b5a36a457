"""What every sandbox promises. The unsafe one keeps the promises about commands, not those about isolation."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.sandbox.containers import ContainerSandbox
from eaa.adapters.sandbox.unsafe import UnsafeSandbox
from eaa.domain.command import MEBIBYTE, Command, CommandEnd, Limits, Mount
from eaa.ports.sandbox import Sandbox
from tests.support.podman import private_podman
from tests.support.sandbox import require_bubblewrap

LIMITS = Limits(wall_s=30)


@pytest.fixture(scope="module")
def podman() -> Iterator[Sandbox]:
    with private_podman():
        yield ContainerSandbox("podman")


@pytest.fixture(
    params=[
        pytest.param("bubblewrap", marks=pytest.mark.sandbox),
        pytest.param("podman", marks=pytest.mark.sandbox),
        "none",
    ]
)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    match request.param:
        case "bubblewrap":
            require_bubblewrap()
            return BubblewrapSandbox()
        case "podman":
            found: Sandbox = request.getfixturevalue("podman")
            return found
        case _:
            return UnsafeSandbox()


def shell(script: str, limits: Limits = LIMITS) -> Command:
    return Command(("sh", "-c", script), limits=limits)


def alive(mark: str) -> bool:
    """Return whether a process with this word in its command line lives."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if mark.encode() in (folder / "cmdline").read_bytes():
                    return True
            except OSError:
                continue
    return False


async def test_a_command_tells_its_exit_code_and_both_streams_apart(sandbox: Sandbox, tmp_path: Path) -> None:
    result = await sandbox.run(shell("echo out; echo err >&2; exit 3"), root=tmp_path)

    assert (result.end, result.exit_code) == (CommandEnd.EXITED, 3)
    assert (result.stdout.head, result.stderr.head) == (b"out\n", b"err\n")
    assert not result.is_success


async def test_a_command_starts_in_its_workspace_and_what_it_writes_stays(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "given.txt").write_text("given")

    result = await sandbox.run(shell("cat given.txt && echo made > made.txt && mkdir d && echo x > d/x"), root=tmp_path)

    assert result.is_success, result
    assert result.stdout.head == b"given"
    assert (tmp_path / "made.txt").read_text() == "made\n"


async def test_a_later_command_can_change_what_an_earlier_one_wrote(sandbox: Sandbox, tmp_path: Path) -> None:
    await sandbox.run(shell("mkdir d; echo one > d/file"), root=tmp_path)

    result = await sandbox.run(shell("echo two >> d/file && cat d/file && rm -r d"), root=tmp_path)

    assert result.stdout.head == b"one\ntwo\n"
    assert not (tmp_path / "d").exists()


async def test_the_working_directory_is_below_the_workspace(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()

    result = await sandbox.run(replace(shell("echo x > here"), working_directory="package"), root=tmp_path)

    assert result.is_success, result
    assert (tmp_path / "package/here").exists()


@pytest.mark.parametrize("folder", ["..", "/etc", "package/../.."])
async def test_a_working_directory_outside_is_refused(sandbox: Sandbox, tmp_path: Path, folder: str) -> None:
    with pytest.raises(ValueError, match="not a folder of the workspace"):
        await sandbox.run(replace(shell("true"), working_directory=folder), root=tmp_path)


async def test_input_arrives_whole_and_ends(sandbox: Sandbox, tmp_path: Path) -> None:
    given = os.urandom(300_000)

    result = await sandbox.run(Command(("wc", "-c"), stdin=given, limits=LIMITS), root=tmp_path)

    assert result.stdout.head.strip() == b"300000"


async def test_without_input_there_is_nothing_to_read(sandbox: Sandbox, tmp_path: Path) -> None:
    result = await sandbox.run(Command(("cat",), limits=LIMITS), root=tmp_path)

    assert result.is_success
    assert result.stdout.head == b""


async def test_nothing_of_the_hosts_environment_is_passed_on(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-secret-key")

    result = await sandbox.run(replace(shell("env"), environment={"MINE": "yes"}), root=tmp_path)

    assert b"a-secret-key" not in result.stdout.head
    assert b"MINE=yes" in result.stdout.head


async def test_a_mounted_file_is_seen_where_it_was_asked_for(sandbox: Sandbox, tmp_path: Path) -> None:
    root, data = tmp_path / "root", tmp_path / "data"
    root.mkdir()
    data.mkdir()
    (data / "x").write_text("mounted")

    command = Command(("cat", "/opt/data/x"), mounts=(Mount(data, "/opt/data"),), limits=LIMITS)
    result = await sandbox.run(command, root=root)

    assert result.stdout.head == b"mounted", result


async def test_a_missing_program_ends_like_in_a_shell(sandbox: Sandbox, tmp_path: Path) -> None:
    result = await sandbox.run(Command(("no-such-program",), limits=LIMITS), root=tmp_path)

    assert (result.end, result.exit_code) == (CommandEnd.EXITED, 127)
    assert b"no-such-program" in result.stderr.head


async def test_a_crash_has_no_exit_code(sandbox: Sandbox, tmp_path: Path) -> None:
    result = await sandbox.run(shell("kill -SEGV $$"), root=tmp_path)

    assert (result.end, result.exit_code) == (CommandEnd.KILLED, None)


async def test_a_hanging_command_is_ended_with_all_its_processes(sandbox: Sandbox, tmp_path: Path) -> None:
    mark = f"hang-{uuid4().hex}"
    script = f"trap '' TERM; (setsid bash -c 'exec -a {mark} sleep 300' &); while :; do sleep 1; done"

    result = await sandbox.run(shell(script, replace(LIMITS, wall_s=1.0)), root=tmp_path)

    assert (result.end, result.exit_code) == (CommandEnd.TIMED_OUT, None)
    assert not alive(mark)


async def test_daemons_end_with_their_command(sandbox: Sandbox, tmp_path: Path) -> None:
    mark = f"daemon-{uuid4().hex}"
    script = f"(setsid nohup bash -c 'exec -a {mark} sleep 300' >/dev/null 2>&1 &); echo left"

    result = await sandbox.run(shell(script), root=tmp_path)

    assert result.is_success
    assert result.stdout.head == b"left\n"
    assert not alive(mark)


async def test_a_cancelled_command_is_dead_when_the_caller_goes_on(sandbox: Sandbox, tmp_path: Path) -> None:
    mark = f"cancel-{uuid4().hex}"
    script = f"(setsid bash -c 'exec -a {mark} sleep 300' &); mkfifo ready; echo > ready; sleep 300"
    task = asyncio.create_task(sandbox.run(shell(script), root=tmp_path))
    while not (tmp_path / "ready").exists() and not task.done():  # noqa: ASYNC110 - it tells by making a file
        await asyncio.sleep(0.01)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not alive(mark)


async def test_of_long_output_the_head_and_the_tail_are_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    limits = replace(LIMITS, output_bytes=1000)

    result = await sandbox.run(shell("seq 1 3000", limits), root=tmp_path)

    assert result.is_success
    assert result.stdout.head.startswith(b"1\n2\n")
    assert result.stdout.tail.endswith(b"2999\n3000\n")
    kept = len(result.stdout.head) + len(result.stdout.tail)
    assert kept == 1000
    assert result.stdout.omitted_bytes == sum(len(f"{number}\n") for number in range(1, 3001)) - kept


async def test_output_without_end_is_cut_off(sandbox: Sandbox, tmp_path: Path) -> None:
    limits = replace(LIMITS, output_bytes=10_000)

    result = await sandbox.run(shell("yes", limits), root=tmp_path)

    assert result.end is CommandEnd.OUTPUT_EXCEEDED
    assert len(result.stdout.head) + len(result.stdout.tail) <= 10_000
    assert result.stdout.omitted_bytes > 500_000


async def test_a_workspace_that_grows_too_much_ends_the_command(sandbox: Sandbox, tmp_path: Path) -> None:
    limits = replace(LIMITS, disk_bytes=8 * MEBIBYTE)
    script = "n=0; while :; do head -c 1000000 /dev/zero > f$n; n=$((n+1)); done"

    result = await sandbox.run(shell(script, limits), root=tmp_path)

    assert result.end is CommandEnd.DISK_EXCEEDED


async def test_a_single_file_has_its_own_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    limits = replace(LIMITS, file_bytes=1 * MEBIBYTE)

    result = await sandbox.run(shell("head -c 5000000 /dev/zero > big", limits), root=tmp_path)

    assert not result.is_success
    assert (tmp_path / "big").stat().st_size <= MEBIBYTE


async def test_commands_run_side_by_side(sandbox: Sandbox, tmp_path: Path) -> None:
    roots = [tmp_path / str(number) for number in range(4)]
    for root in roots:
        root.mkdir()

    results = await asyncio.gather(*(sandbox.run(shell(f"echo {root.name} > me; cat me"), root=root) for root in roots))

    assert [result.stdout.head for result in results] == [b"0\n", b"1\n", b"2\n", b"3\n"]
