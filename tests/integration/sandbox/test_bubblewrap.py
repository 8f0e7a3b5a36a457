"""What bubblewrap does beyond the contract: isolation, limits of the whole tree, and leaving nothing behind."""

import asyncio
import os
import resource
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.sandbox.ownership import SANDBOX_UID
from eaa.adapters.sandbox.probe import choose_sandbox, probe_sandboxes
from eaa.domain.command import MEBIBYTE, Command, CommandEnd, CommandResult, Limits, Mount
from eaa.domain.errors import SandboxUnavailable
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox

LIMITS = Limits(wall_s=30)


@pytest.fixture
def sandbox() -> BubblewrapSandbox:
    require_bubblewrap()
    return BubblewrapSandbox()


async def run(sandbox: BubblewrapSandbox, root: Path, script: str, limits: Limits = LIMITS) -> CommandResult:
    return await sandbox.run(Command(("bash", "-c", script), limits=limits), root=root)


def processes_with(mark: str) -> Iterator[Path]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if mark.encode() in (folder / "cmdline").read_bytes():
                    yield folder
            except OSError:
                continue


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _own_control_groups() -> list[Path]:
    return list(Path("/sys/fs/cgroup").glob(f"**/eaa-{os.getpid()}-*"))


async def test_no_process_of_the_sandbox_is_root_inside_or_outside(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    mark = f"who-{uuid4().hex}"
    running = asyncio.create_task(run(sandbox, tmp_path, f"id -u > .uid; mv .uid uid; exec -a {mark} sleep 300"))
    while not (seen := list(processes_with(mark))) or not (tmp_path / "uid").exists():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    outside = {
        int(line.split()[1])
        for folder in seen
        for line in (folder / "status").read_text().splitlines()
        if line.startswith("Uid:")
    }
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert (tmp_path / "uid").read_text() == "1000\n"
    assert outside == {SANDBOX_UID if os.geteuid() == 0 else os.geteuid()}


async def test_kernel_settings_cannot_be_written_even_when_root_started_it(
    sandbox: BubblewrapSandbox, tmp_path: Path
) -> None:
    # Asked with access(2): nothing is opened and nothing written.
    script = 'for f in $(find /proc/sys -type f 2>/dev/null); do [ -w "$f" ] && echo "WRITABLE $f"; done; echo asked'

    result = await run(sandbox, tmp_path, script)

    assert result.stdout.text() == "asked\n"


async def test_the_git_folder_is_read_only(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    (tmp_path / ".git/hooks").mkdir(parents=True)

    result = await run(sandbox, tmp_path, "touch .git/x; touch .git/hooks/pre-commit; mv .git .g; rm -rf .git; ls -a")

    assert ".git\n" in result.stdout.text()
    assert (tmp_path / ".git/hooks").is_dir()
    assert list((tmp_path / ".git/hooks").iterdir()) == []


async def test_a_git_link_left_behind_is_not_mounted(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    root, secret = tmp_path / "root", tmp_path / "secret"
    root.mkdir()
    secret.mkdir()
    (secret / "key").write_text("a secret")
    await run(sandbox, root, f"ln -s {secret} .git")

    result = await run(sandbox, root, "cat .git/key")

    assert "a secret" not in result.stdout.text()


async def test_there_is_no_network_but_its_own_loopback(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    result = await run(sandbox, tmp_path, "tail -n +3 /proc/net/dev | cut -d: -f1")

    assert result.stdout.text().split() == ["lo"]


async def test_an_interpreter_works_at_its_own_path_below_closed_folders(
    sandbox: BubblewrapSandbox, tmp_path: Path
) -> None:
    closed, root = tmp_path / "closed", tmp_path / "root"
    (closed / "bin").mkdir(parents=True)
    root.mkdir()
    (closed / "bin/tool").write_text(f"#!{closed}/bin/sh\necho ran $0\n")
    (closed / "bin/tool").chmod(0o755)
    (closed / "bin/sh").symlink_to("/bin/sh")
    closed.chmod(0o755)
    os.chmod(tmp_path, 0o700)  # noqa: PTH101

    command = Command((f"{closed}/bin/tool",), mounts=(Mount(closed, str(closed)),), limits=LIMITS)
    result = await sandbox.run(command, root=root)

    assert result.stdout.text() == f"ran {closed}/bin/tool\n", result


async def test_this_python_runs_inside(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    base = Path(sys.base_prefix)
    python = base / "bin" / f"python3.{sys.version_info.minor}"
    mounts = () if base.is_relative_to("/usr") else (Mount(base, str(base)),)

    result = await sandbox.run(
        Command((str(python), "-c", "import ssl, sys; print(sys.prefix)"), mounts=mounts, limits=LIMITS), root=tmp_path
    )

    assert result.stdout.text().strip() == str(base), result


async def test_a_mount_that_is_not_there_means_no_sandbox(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="nothing-here"):
        await sandbox.run(Command(("true",), mounts=(Mount(tmp_path / "nothing-here", "/x"),)), root=tmp_path)


@pytest.mark.parametrize("target", ["relative", "/", "/a/../b"])
async def test_a_mount_needs_a_proper_target(sandbox: BubblewrapSandbox, tmp_path: Path, target: str) -> None:
    with pytest.raises(ValueError, match="absolute target"):
        await sandbox.run(Command(("true",), mounts=(Mount(tmp_path, target),)), root=tmp_path)


async def test_a_missing_bubblewrap_is_said(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="not installed"):
        await BubblewrapSandbox(program="no-such-bwrap").run(Command(("true",)), root=tmp_path)


async def test_a_program_cannot_pretend_that_the_sandbox_failed(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    result = await run(sandbox, tmp_path, "echo 'bwrap: execvp x: No such file' >&2; exit 1")

    assert (result.end, result.exit_code) == (CommandEnd.EXITED, 1)


async def test_memory_is_limited(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    limits = replace(LIMITS, memory_bytes=64 * MEBIBYTE)

    result = await run(sandbox, tmp_path, "head -c 300000000 /dev/zero | tail -c 290000000 | wc -c", limits)

    assert "290000000" not in result.stdout.text()
    assert result.peak_memory_bytes is None or result.peak_memory_bytes <= 65 * MEBIBYTE


async def test_processes_are_limited(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    limits = replace(LIMITS, processes=20, wall_s=5)

    result = await run(sandbox, tmp_path, "for i in $(seq 100); do sleep 2 & done; jobs -p | wc -l", limits)

    # Some shells give up at the first refusal and say nothing more.
    assert int(result.stdout.text().strip() or "0") < 20


async def test_output_of_any_length_uses_no_memory(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    limits = replace(LIMITS, output_bytes=8 * MEBIBYTE)
    before_kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    result = await run(sandbox, tmp_path, "head -c 400000000 /dev/zero", limits)

    assert result.is_success
    assert result.stdout.omitted_bytes == 400_000_000 - 8 * MEBIBYTE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kibibytes < 64 * 1024


async def test_nothing_is_left_open_or_behind(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    await run(sandbox, tmp_path, "true")
    descriptors = _open_descriptors()

    for script in ("true", "exit 1", "kill -9 $$", "no-such-program"):
        await run(sandbox, tmp_path, script)
    with pytest.raises(SandboxUnavailable):
        await sandbox.run(Command(("true",), mounts=(Mount(tmp_path / "nothing", "/x"),)), root=tmp_path)
    cancelled = asyncio.create_task(run(sandbox, tmp_path, "sleep 300"))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled

    assert _open_descriptors() == descriptors
    assert [thread.name for thread in threading.enumerate() if thread.name == "eaa-sandbox" and thread.is_alive()] == []
    assert _own_control_groups() == []


async def test_what_has_another_name_elsewhere_keeps_its_owner(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "theirs").write_text("x")
    (root / "linked").hardlink_to(tmp_path / "theirs")
    (root / "ours").write_text("x")

    await run(sandbox, root, "true")

    assert (tmp_path / "theirs").stat().st_uid == 0
    assert (root / "ours").stat().st_uid == SANDBOX_UID


async def test_the_first_sandbox_that_works_is_chosen() -> None:
    require_bubblewrap()

    statuses = await probe_sandboxes()
    chosen = await choose_sandbox()

    assert [status.kind for status in statuses] == ["bubblewrap", "docker", "podman"]
    assert all(status.because for status in statuses)
    assert chosen.kind == "bubblewrap"


async def test_the_sandbox_dies_with_a_process_that_is_killed(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    mark = f"orphan-{uuid4().hex}"
    code = f"""
import asyncio
from pathlib import Path
from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.domain.command import Command
script = "(setsid bash -c 'exec -a {mark} sleep 300' &) ; touch up; sleep 300"
asyncio.run(BubblewrapSandbox().run(Command(("bash", "-c", script)), root=Path({str(tmp_path)!r})))
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    async with asyncio.timeout(30):
        while not (tmp_path / "up").exists():  # noqa: ASYNC110 - it tells by making a file
            await asyncio.sleep(0.01)

        process.kill()
        await process.wait()

        # The kernel ends them; nobody of ours is left to do it.
        while list(processes_with(mark)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert not list(processes_with(mark))
