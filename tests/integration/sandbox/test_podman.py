"""What a real container does beyond the contract: our filter, our limits, and leaving nothing behind."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from eaa.adapters.sandbox.containers import ContainerSandbox
from eaa.adapters.sandbox.engines import ask_engine
from eaa.domain.command import MEBIBYTE, Access, Command, CommandEnd, CommandResult, Limits, Mount
from eaa.domain.errors import SandboxUnavailable
from tests.support.podman import private_podman

pytestmark = pytest.mark.sandbox

LIMITS = Limits(wall_s=60)


@pytest.fixture(scope="module")
def podman() -> Iterator[ContainerSandbox]:
    with private_podman():
        yield ContainerSandbox("podman")


async def run(sandbox: ContainerSandbox, root: Path, script: str, limits: Limits = LIMITS) -> CommandResult:
    return await sandbox.run(Command(("bash", "-c", script), limits=limits), root=root)


async def test_nobody_inside_has_any_right_or_sees_the_hosts_files(podman: ContainerSandbox, tmp_path: Path) -> None:
    script = (
        "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; id -u; ls /root /var/lib 2>&1; ls -A /run"
    )

    said = (await run(podman, tmp_path, script)).stdout.text().split()

    assert said[:8] == ["CapBnd:", "0" * 16, "CapEff:", "0" * 16, "NoNewPrivs:", "1", "Seccomp:", "2"] or (
        said[:8] == ["CapEff:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1", "Seccomp:", "2"]
    )
    assert said[8] != "0"
    assert "dpkg" not in said


async def test_our_filter_is_in_force(podman: ContainerSandbox, tmp_path: Path) -> None:
    script = "cp /usr/bin/id s; chmod u+s s; install -m 4755 /usr/bin/id t; unshare --user true; ls -l s"

    result = await run(podman, tmp_path, script)

    assert result.stderr.text().count("Operation not permitted") >= 2, result
    assert "rws" not in (await run(podman, tmp_path, "ls -l")).stdout.text()


async def test_copy_on_write_succeeds_and_is_forgotten(podman: ContainerSandbox, tmp_path: Path) -> None:
    root, data = tmp_path / "root", tmp_path / "data"
    root.mkdir()
    data.mkdir(mode=0o777)
    data.chmod(0o777)
    (data / "file").write_text("before\n")
    (data / "file").chmod(0o666)
    mounts = (Mount(data, "/data", Access.COPY_ON_WRITE),)
    command = Command(
        ("sh", "-c", "cat /data/*; echo after > /data/file; echo x > /data/new; cat /data/*"), mounts=mounts
    )

    first = await podman.run(command, root=root)
    second = await podman.run(command, root=root)

    assert first.stdout.text() == second.stdout.text() == "before\nafter\nx\n", first
    assert [(path.name, path.read_text()) for path in data.iterdir()] == [("file", "before\n")]


async def test_too_much_memory_ends_the_command(podman: ContainerSandbox, tmp_path: Path) -> None:
    limits = replace(LIMITS, memory_bytes=64 * MEBIBYTE)
    base = Path(sys.base_prefix)
    hog = "blocks = [b'x' * (8 << 20) for _ in range(64)]"
    command = Command(("/python/bin/python3", "-c", hog), mounts=(Mount(base, "/python"),), limits=limits)

    result = await podman.run(command, root=tmp_path)

    # With control groups of version 1 Podman does not always learn why the kernel killed.
    assert result.end in (CommandEnd.OUT_OF_MEMORY, CommandEnd.KILLED)


@pytest.mark.parametrize("code", [125, 126, 127])
async def test_a_program_may_use_the_engines_own_exit_codes(
    podman: ContainerSandbox, tmp_path: Path, code: int
) -> None:
    result = await run(podman, tmp_path, f"echo 'Error: no such image' >&2; exit {code}")

    assert (result.end, result.exit_code) == (CommandEnd.EXITED, code)


async def test_a_container_that_could_not_be_made_is_no_failure_of_the_command(
    podman: ContainerSandbox, tmp_path: Path
) -> None:
    with pytest.raises(SandboxUnavailable, match="nothing-here"):
        await podman.run(Command(("true",), mounts=(Mount(tmp_path / "nothing-here", "/x"),)), root=tmp_path)


async def test_no_container_is_left(podman: ContainerSandbox, tmp_path: Path) -> None:
    await run(podman, tmp_path, "(setsid sleep 300 &); exit 3")
    await run(podman, tmp_path, "sleep 300", replace(LIMITS, wall_s=2))

    left = ask_engine("podman", "ps", "--all", "--quiet")

    assert (left.returncode, left.stdout) == (0, b"")
