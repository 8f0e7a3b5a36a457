"""Runs commands in a container of Docker or Podman, where bubblewrap does not work.

The engine is asked for the same things: no network, no capabilities, a read-only root, limits, a uid that is not root.
"""

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from typing_extensions import override

from eaa.adapters.sandbox.layout import (
    HOME,
    VARIABLES,
    Bind,
    command_binds,
    working_directory,
    workspace_binds,
)
from eaa.adapters.sandbox.ownership import give_folder, sandbox_uid
from eaa.adapters.sandbox.registries import registry_binds, registry_variables
from eaa.adapters.sandbox.results import command_result
from eaa.adapters.sandbox.supervision import StopSignal, in_own_thread, watch
from eaa.domain.command import Access, Command, CommandResult, Network
from eaa.domain.errors import SandboxUnavailable
from eaa.ports.sandbox import Sandbox

DEFAULT_IMAGE = "docker.io/library/python:3.11-slim"
"""Must be there already: nothing is ever pulled."""
_ENGINE_FAILED = 125
_ENGINE_TIMEOUT_S = 30
_SIGNAL_BASE = 128


class ContainerSandbox(Sandbox):
    """A container a command. Mounted interpreters must fit the image's system libraries.

    Copy-on-write mounts are read-only here.
    """

    def __init__(self, engine: str, *, image: str = DEFAULT_IMAGE) -> None:
        """Use `docker` or `podman` with an image that is on this machine."""
        self._engine = engine
        self._image = image

    @property
    @override
    def kind(self) -> str:
        return self._engine

    @override
    async def run(self, command: Command, *, root: Path) -> CommandResult:
        if shutil.which(self._engine) is None:
            raise SandboxUnavailable(because=f"{self._engine} is not installed")
        return await in_own_thread(lambda stop: self._run(command, root.resolve(), stop))

    def _run(self, command: Command, root: Path, stop: StopSignal) -> CommandResult:
        uid = sandbox_uid()
        if uid is not None:
            give_folder(root, uid)
        name = f"eaa-{uuid4().hex}"
        argv = container_argv(self._engine, self._image, name, command, root=root, uid=uid or os.getuid())
        tree = _ContainerTree(self._engine, name, argv, command.stdin)
        try:
            watched = watch(tree, root=root, limits=command.limits, stop=stop)
        finally:
            tree.close()
        if watched.cut_off is None and watched.exit_code == _ENGINE_FAILED:
            raise SandboxUnavailable(because=watched.stderr.text(limit_characters=500).strip())
        return command_result(watched)


def container_argv(engine: str, image: str, name: str, command: Command, *, root: Path, uid: int) -> list[str]:
    """Return the engine's command line for a command; pure, apart from looking at what exists below `root`."""
    limits = command.limits
    needs_network = command.network is Network.REGISTRIES
    network = registry_variables(os.environ) if needs_network else {}
    variables = {**VARIABLES, **network, **command.environment}
    binds = [*workspace_binds(root), *(registry_binds(variables) if needs_network else []), *command_binds(command)]
    return [
        *(engine, "run", "--interactive", "--rm", "--init", "--pull", "never", "--name", name),
        *("--network", "bridge" if needs_network else "none"),
        *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--shm-size", "64m"),
        *("--user", f"{uid}:{uid}", "--hostname", "sandbox"),
        *("--memory", str(limits.memory_bytes), "--memory-swap", str(limits.memory_bytes)),
        *("--pids-limit", str(limits.processes)),
        *("--ulimit", f"cpu={limits.cpu_s}", "--ulimit", f"fsize={limits.file_bytes}", "--ulimit", "core=0"),
        *("--ulimit", f"nofile={limits.open_files}"),
        *("--tmpfs", f"/tmp:rw,nosuid,nodev,exec,mode=1777,size={limits.tmp_bytes}"),  # noqa: S108
        *("--tmpfs", f"{HOME}:rw,nosuid,nodev,exec,mode=1777,size={limits.tmp_bytes}"),
        *(word for bind in binds for word in ("--mount", _mount(bind))),
        *_variables(variables),
        *("--workdir", working_directory(command), "--entrypoint", command.argv[0], image, *command.argv[1:]),
    ]


def _mount(bind: Bind) -> str:
    fields = ["type=bind", f"source={bind.source}", f"target={bind.target}"]
    if bind.access is not Access.READ_WRITE:
        fields.append("readonly")
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()


def _variables(variables: Mapping[str, str]) -> list[str]:
    return [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]


class _ContainerTree:
    """The engine's client and, behind it, the container of a name."""

    def __init__(self, engine: str, name: str, argv: list[str], stdin: bytes) -> None:
        self._engine = engine
        self._name = name
        # A pipe of our own would need a thread to fill it; a file in memory does not.
        descriptor = os.memfd_create("eaa", os.MFD_CLOEXEC)
        with os.fdopen(descriptor, "w+b") as file:
            file.write(stdin)
            file.seek(0)
            self.process = subprocess.Popen(
                argv, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", start_new_session=True
            )

    def kill(self) -> None:
        """Remove the container with all its processes."""
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [self._engine, "rm", "--force", self._name],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=_ENGINE_TIMEOUT_S,
            )
        if self.process.returncode is None:
            self.process.kill()

    def wait(self) -> int:
        """Wait for the client; the container was removed before."""
        code = self.process.wait()
        return code if code >= 0 else _SIGNAL_BASE - code

    def is_out_of_memory(self) -> bool:
        """Return False: the engine ends a container that uses too much."""
        return False

    def close(self) -> None:
        """Leave nothing behind, however watching ended."""
        self.kill()
        self.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
