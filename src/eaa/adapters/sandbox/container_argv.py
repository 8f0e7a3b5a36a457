"""The command line that makes a container engine run one command the way bubblewrap would."""

import csv
import io
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eaa.adapters.sandbox.layout import (
    CONFIGURATION,
    HOME,
    SYSTEM,
    VARIABLES,
    Bind,
    command_binds,
    working_directory,
    workspace_binds,
)
from eaa.adapters.sandbox.limits import limited
from eaa.adapters.sandbox.registries import registry_binds, registry_variables
from eaa.domain.command import MEBIBYTE, Access, Command, Limits, Network

_GRACE_S = 10
"""How much later than we a timer inside ends the command: it counts only when nobody of ours lives any more."""


@dataclass(frozen=True, slots=True)
class Container:
    """What is decided about a container before its command line is written."""

    engine: str
    """`docker` or `podman`."""
    image: str
    name: str
    uid: int
    is_rootless: bool
    """Podman without root: the user keeps its own uid inside."""
    profile: str | None
    """A file with the filter of system calls, in the engine's words."""


def container_argv(container: Container, command: Command, *, root: Path) -> list[str]:
    """Return the engine's command line for a command; pure, apart from looking at what exists on this machine."""
    needs_network = command.network is Network.REGISTRIES
    network = registry_variables(os.environ) if needs_network else {}
    variables = {**VARIABLES, **network, **command.environment}
    binds = [*_system_binds(), *workspace_binds(root)]
    binds += [*(registry_binds(variables) if needs_network else []), *command_binds(command)]
    shown = {bind.target: bind for bind in binds}
    entry, *rest = _inside(command)
    return [
        *(container.engine, "run", "--interactive", "--init", "--pull", "never", "--name", container.name),
        # Else the engine keeps a copy of all output on the host's disk.
        *("--log-driver", "none"),
        *("--network", "bridge" if needs_network else "none"),
        *_isolation(container),
        *_limits(command.limits),
        *(word for bind in shown.values() for word in _mount(bind, container.engine)),
        *_variables(variables),
        *("--workdir", working_directory(command), "--entrypoint", entry, container.image, *rest),
    ]


def _inside(command: Command) -> list[str]:
    """Return a command with limits of its own and a timer, so that it ends even when we were killed meanwhile."""
    lasts_s = math.ceil(command.limits.wall_s) + _GRACE_S
    timed = ["/usr/bin/timeout", "--signal=KILL", str(lasts_s), *command.argv]
    return limited(timed, command.limits, has_group=True, counts_processes=False)


def _isolation(container: Container) -> Iterator[str]:
    yield from ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
    # The host's folders are shown as they are; relabelling them for SELinux would change them.
    yield from ("--security-opt", "label=disable")
    if container.profile is not None:
        yield from ("--security-opt", f"seccomp={container.profile}")
    if container.engine == "podman":
        yield "--read-only-tmpfs=false"
    if container.is_rootless:
        yield from ("--userns", "keep-id")
    yield from ("--user", f"{container.uid}:{container.uid}", "--hostname", "sandbox")


def _limits(limits: Limits) -> Iterator[str]:
    yield from ("--memory", str(limits.memory_bytes), "--memory-swap", str(limits.memory_bytes))
    yield from ("--pids-limit", str(limits.processes))
    # What an engine sets by itself may be more than the host allows it to set.
    yield from ("--ulimit", f"nofile={limits.open_files}:{limits.open_files}", "--ulimit", "core=0:0")
    yield from ("--ulimit", f"nproc={limits.processes * 2}:{limits.processes * 2}", "--shm-size", "64m")
    for path, size_bytes in (("/tmp", limits.tmp_bytes), (HOME, limits.tmp_bytes), ("/run", MEBIBYTE)):  # noqa: S108
        yield from ("--tmpfs", f"{path}:rw,nosuid,nodev,exec,mode=1777,size={size_bytes}")


def _system_binds() -> list[Bind]:
    folders = [path for path in SYSTEM if Path(path).is_dir() and not Path(path).is_symlink()]
    files = [f"/etc/{name}" for name in CONFIGURATION if Path("/etc", name).exists()]
    return [Bind(path, path, Access.READ_ONLY) for path in (*folders, *files)]


def _mount(bind: Bind, engine: str) -> tuple[str, str]:
    can_overlay = engine == "podman" and Path(bind.source).is_dir() and not {":", ",", "\\"} & set(bind.source)
    if bind.access is Access.COPY_ON_WRITE and can_overlay:
        return "--volume", f"{bind.source}:{bind.target}:O"
    fields = ["type=bind", f"source={bind.source}", f"target={bind.target}"]
    if bind.access is not Access.READ_WRITE:
        fields.append("readonly")
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return "--mount", line.getvalue()


def _variables(variables: Mapping[str, str]) -> Iterator[str]:
    for name, value in variables.items():
        yield from ("--env", f"{name}={value}")
