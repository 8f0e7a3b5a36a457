"""What a sandboxed command sees: bubblewrap's options for its files, its devices and its few variables."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from eaa.domain.command import MEBIBYTE, Access, Command

SOURCE = "/src"
"""Where the workspace is mounted."""
HOME = "/home/agent"
UID_INSIDE = 1000
MEMORY_FOLDERS = ("/tmp", HOME, "/run")  # noqa: S108 - the sandbox's own
"""Folders that lie in memory, apart from /dev/shm, whose pages count for the processes that map them."""

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
"""Folders with the system's programs, or links to them."""
CONFIGURATION = ("ld.so.cache", "alternatives", "ssl/certs", "mime.types")
"""Files and folders of /etc that hold no secret and that programs miss."""
_MASKED = ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/sysrq-trigger")
_SHARED_MEMORY_BYTES = 64 * MEBIBYTE
VARIABLES = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": HOME,
    "USER": "agent",
    "LOGNAME": "agent",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "TZ": "UTC",
    "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own
    "PYTHONDONTWRITEBYTECODE": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
"""The environment of every command, before its own variables."""


def made_up_files(uid: int = UID_INSIDE) -> dict[str, str]:
    """Return the files that are made up for the sandbox, for whom its processes see themselves as: path → content."""
    return {
        "/etc/passwd": f"agent:x:{uid}:{uid}::{HOME}:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
        "/etc/group": f"agent:x:{uid}:\nnogroup:x:65534:\n",
        "/etc/hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    }


@dataclass(frozen=True, slots=True)
class Bind:
    """A host path that becomes visible."""

    source: str
    target: str
    access: Access


def workspace_binds(root: Path) -> list[Bind]:
    """Return the workspace, writable, and its `.git`, read-only."""
    binds = [Bind(str(root), SOURCE, Access.READ_WRITE)]
    git = root / ".git"
    # A link could have been left by an earlier command to make us mount what it points to.
    if git.is_dir() and not git.is_symlink():
        binds.append(Bind(str(git), f"{SOURCE}/.git", Access.READ_ONLY))
    return binds


def command_binds(command: Command) -> list[Bind]:
    """Return the command's own mounts, outer ones first.

    Raises:
        ValueError: A target is not an absolute path.
    """
    for mount in command.mounts:
        target = PurePosixPath(mount.target)
        if not target.is_absolute() or ".." in target.parts or len(target.parts) == 1:
            raise ValueError(f"a mount needs an absolute target below /: {mount.target!r}")
    mounts = sorted(command.mounts, key=lambda mount: len(PurePosixPath(mount.target).parts))
    return [Bind(os.path.realpath(mount.source), mount.target, mount.access) for mount in mounts]


def working_directory(command: Command) -> str:
    """Return the absolute folder inside in which the command starts.

    Raises:
        ValueError: It is not below the workspace.
    """
    relative = PurePosixPath(command.working_directory)
    if relative.is_absolute() or ".." in relative.parts:
        raise ValueError(f"not a folder of the workspace: {command.working_directory!r}")
    return str(PurePosixPath(SOURCE) / relative)


def isolation_options(*, shares_network: bool) -> list[str]:
    """Return the options for namespaces, capabilities and lifetime."""
    options = ["--unshare-all", *(["--share-net"] if shares_network else [])]
    options += ["--uid", str(UID_INSIDE), "--gid", str(UID_INSIDE), "--hostname", "sandbox"]
    return [*options, "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]


@cache
def system_options(tmp_bytes: int) -> tuple[str, ...]:
    """Return the options for the system's programs, read-only, and for empty places of limited size."""
    options: list[str] = []
    for path in SYSTEM:
        if Path(path).is_symlink():
            options += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).is_dir():
            options += ["--ro-bind", path, path]
    for name in CONFIGURATION:
        options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    # Without the second mount of /proc/sys, a sandbox that host root started could change the host's kernel settings.
    options += ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"]
    for path in _MASKED:
        if Path(path).exists():
            options += ["--ro-bind", "/dev/null", path]
    options += ["--dev", "/dev", *_empty("/dev/shm", _SHARED_MEMORY_BYTES), "--remount-ro", "/dev"]  # noqa: S108
    options += _empty("/tmp", tmp_bytes)  # noqa: S108 - the sandbox's own
    return (*options, *_empty(HOME, tmp_bytes), *_empty("/run", MEBIBYTE))


def bind_options(binds: Iterable[Bind], *, has_overlay: bool) -> list[str]:
    """Return the options that make host paths visible."""
    options: list[str] = []
    for bind in binds:
        match bind.access:
            case Access.READ_WRITE:
                options += ["--bind", bind.source, bind.target]
            case Access.COPY_ON_WRITE if has_overlay and Path(bind.source).is_dir():
                options += ["--overlay-src", bind.source, "--tmp-overlay", bind.target]
            case Access.READ_ONLY | Access.COPY_ON_WRITE:
                options += ["--ro-bind", bind.source, bind.target]
    return options


def variable_options(variables: Sequence[tuple[str, str]]) -> list[str]:
    """Return the options that set the environment."""
    return [word for name, value in variables for word in ("--setenv", name, value)]


def _empty(path: str, size_bytes: int) -> list[str]:
    return ["--size", str(size_bytes), "--tmpfs", path]
