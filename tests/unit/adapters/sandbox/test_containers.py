"""The command line given to a container engine."""

from pathlib import Path

from eaa.adapters.sandbox.containers import container_argv
from eaa.domain.command import Access, Command, Limits, Mount, Network


def argv_of(command: Command, root: Path) -> list[str]:
    return container_argv("docker", "an-image", "eaa-1", command, root=root, uid=1234)


def after(argv: list[str], option: str) -> list[str]:
    return [argv[index + 1] for index, word in enumerate(argv) if word == option]


def test_a_container_gets_no_network_no_privileges_and_the_limits(tmp_path: Path) -> None:
    limits = Limits(memory_bytes=1000, processes=7, cpu_s=5, file_bytes=99, open_files=11, tmp_bytes=77)

    argv = argv_of(Command(("pytest", "-q"), limits=limits), tmp_path)

    assert argv[:2] == ["docker", "run"]
    assert argv[-3:] == ["pytest", "an-image", "-q"]
    assert after(argv, "--network") == ["none"]
    assert after(argv, "--cap-drop") == ["ALL"]
    assert after(argv, "--security-opt") == ["no-new-privileges"]
    assert after(argv, "--user") == ["1234:1234"]
    assert after(argv, "--memory") == after(argv, "--memory-swap") == ["1000"]
    assert after(argv, "--pids-limit") == ["7"]
    assert after(argv, "--ulimit") == ["cpu=5", "fsize=99", "core=0", "nofile=11"]
    assert after(argv, "--pull") == ["never"]
    assert "--read-only" in argv
    assert "--privileged" not in argv
    assert all("size=77" in tmpfs for tmpfs in after(argv, "--tmpfs"))


def test_the_workspace_is_writable_its_git_folder_and_mounts_are_not(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    mounts = (
        Mount(Path("/data,with comma"), "/data"),
        Mount(Path("/cow"), "/cow", Access.COPY_ON_WRITE),
        Mount(Path("/out"), "/out", Access.READ_WRITE),
    )

    mounted = after(argv_of(Command(("true",), working_directory="a/b", mounts=mounts), tmp_path), "--mount")

    assert mounted == [
        f"type=bind,source={tmp_path},target=/src",
        f"type=bind,source={tmp_path}/.git,target=/src/.git,readonly",
        'type=bind,"source=/data,with comma",target=/data,readonly',
        "type=bind,source=/cow,target=/cow,readonly",
        "type=bind,source=/out,target=/out",
    ]


def test_a_git_folder_that_is_a_link_is_not_mounted(tmp_path: Path) -> None:
    (tmp_path / ".git").symlink_to("/etc")

    mounted = after(argv_of(Command(("true",)), tmp_path), "--mount")

    assert mounted == [f"type=bind,source={tmp_path},target=/src"]


def test_only_installing_steps_get_a_network(tmp_path: Path) -> None:
    argv = argv_of(Command(("pip", "install", "x"), network=Network.REGISTRIES), tmp_path)

    assert after(argv, "--network") == ["bridge"]
    assert "PIP_CONFIG_FILE=/dev/null" in after(argv, "--env")
