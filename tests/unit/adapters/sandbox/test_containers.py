"""The command line given to a container engine."""

from dataclasses import replace
from pathlib import Path

from eaa.adapters.sandbox.container_argv import Container, container_argv
from eaa.domain.command import Access, Command, Limits, Mount, Network

DOCKER = Container("docker", "an-image", "eaa-1", uid=1234, is_rootless=False, profile="/profile.json")
PODMAN = replace(DOCKER, engine="podman")


def argv_of(command: Command, root: Path, container: Container = DOCKER) -> list[str]:
    return container_argv(container, command, root=root)


def own_mounts(argv: list[str]) -> list[str]:
    """Return what is mounted besides the system's programs and configuration."""
    return [mount for mount in after(argv, "--mount") if "target=/usr" not in mount and "target=/etc" not in mount]


def after(argv: list[str], option: str) -> list[str]:
    return [argv[index + 1] for index, word in enumerate(argv) if word == option]


def test_a_container_gets_no_network_no_privileges_and_the_limits(tmp_path: Path) -> None:
    limits = Limits(memory_bytes=1000, processes=7, cpu_s=5, file_bytes=99, open_files=11, tmp_bytes=77)

    argv = argv_of(Command(("pytest", "-q"), limits=limits), tmp_path)

    assert argv[:2] == ["docker", "run"]
    assert argv[argv.index("an-image") :][-4:] == ["--signal=KILL", "130", "pytest", "-q"]
    assert after(argv, "--entrypoint") == ["/bin/sh"]
    assert "ulimit -f 0" in argv[-7] + argv[-8]
    assert after(argv, "--network") == ["none"]
    assert after(argv, "--cap-drop") == ["ALL"]
    assert after(argv, "--security-opt") == ["no-new-privileges", "label=disable", "seccomp=/profile.json"]
    assert after(argv, "--user") == ["1234:1234"]
    assert after(argv, "--memory") == after(argv, "--memory-swap") == ["1000"]
    assert after(argv, "--pids-limit") == ["7"]
    assert after(argv, "--ulimit") == ["nofile=11:11", "core=0:0", "nproc=14:14"]
    assert after(argv, "--pull") == ["never"]
    assert after(argv, "--log-driver") == ["none"]
    assert "--read-only" in argv
    assert "--privileged" not in argv
    sizes = [tmpfs.rpartition("size=")[2] for tmpfs in after(argv, "--tmpfs")]
    assert sizes == ["77", "77", "1048576"]


def test_the_hosts_own_programs_are_shown_and_cannot_be_changed(tmp_path: Path) -> None:
    mounted = after(argv_of(Command(("true",)), tmp_path), "--mount")

    assert "type=bind,source=/usr,target=/usr,readonly" in mounted
    assert all(mount.endswith("readonly") for mount in mounted if "target=/src" not in mount)


def test_podman_writes_over_a_copy_and_keeps_the_user_where_it_has_no_root(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    command = Command(("true",), mounts=(Mount(tmp_path / "data", "/data", Access.COPY_ON_WRITE),))

    argv = argv_of(command, tmp_path, replace(PODMAN, is_rootless=True))

    assert after(argv, "--volume") == [f"{tmp_path}/data:/data:O"]
    assert after(argv, "--userns") == ["keep-id"]
    assert "--read-only-tmpfs=false" in argv
    assert "--userns" not in argv_of(command, tmp_path, PODMAN)


def test_the_workspace_is_writable_its_git_folder_and_mounts_are_not(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    mounts = (
        Mount(Path("/data,with comma"), "/data"),
        Mount(Path("/cow"), "/cow", Access.COPY_ON_WRITE),
        Mount(Path("/out"), "/out", Access.READ_WRITE),
    )

    mounted = own_mounts(argv_of(Command(("true",), working_directory="a/b", mounts=mounts), tmp_path))

    assert mounted == [
        f"type=bind,source={tmp_path},target=/src",
        f"type=bind,source={tmp_path}/.git,target=/src/.git,readonly",
        'type=bind,"source=/data,with comma",target=/data,readonly',
        "type=bind,source=/cow,target=/cow,readonly",
        "type=bind,source=/out,target=/out",
    ]


def test_a_git_folder_that_is_a_link_is_not_mounted(tmp_path: Path) -> None:
    (tmp_path / ".git").symlink_to("/etc")

    mounted = own_mounts(argv_of(Command(("true",)), tmp_path))

    assert mounted == [f"type=bind,source={tmp_path},target=/src"]


def test_only_installing_steps_get_a_network(tmp_path: Path) -> None:
    argv = argv_of(Command(("pip", "install", "x"), network=Network.REGISTRIES), tmp_path)

    assert after(argv, "--network") == ["bridge"]
    assert "PIP_CONFIG_FILE=/dev/null" in after(argv, "--env")
