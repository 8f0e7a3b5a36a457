"""Runs commands in a container of Docker or Podman, where bubblewrap does not work.

The engine is asked for what bubblewrap is asked for: the host's programs read-only in an otherwise empty root, no
network, no capabilities, our filter of system calls, limits, a uid that is not root.
"""

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from typing_extensions import override

from eaa.adapters.sandbox.container_argv import Container, container_argv
from eaa.adapters.sandbox.engines import ask_engine, ensure_image
from eaa.adapters.sandbox.ownership import give_folder, sandbox_uid
from eaa.adapters.sandbox.results import command_result
from eaa.adapters.sandbox.seccomp_profile import seccomp_profile
from eaa.adapters.sandbox.supervision import StopSignal, in_own_thread, watch
from eaa.domain.command import Command, CommandResult
from eaa.domain.errors import SandboxUnavailable
from eaa.ports.sandbox import Sandbox

_SIGNAL_BASE = 128
_ENDED = "exited"


class ContainerSandbox(Sandbox):
    """A container a command. Nothing is ever pulled: the image is made on this machine, see `engines.py`.

    With Docker copy-on-write mounts are read-only.
    """

    def __init__(self, engine: str) -> None:
        """Use `docker` or `podman`."""
        self._engine = engine

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
        if (uid := sandbox_uid()) is None:
            uid = os.getuid()
        else:
            give_folder(root, uid)
        name = f"eaa-{uuid4().hex}"
        with _profile_file() as profile:
            container = Container(
                engine=self._engine,
                image=ensure_image(self._engine, uid=uid),
                name=name,
                uid=uid,
                is_rootless=self._engine == "podman" and os.geteuid() != 0,
                profile=profile,
            )
            tree = _ContainerTree(self._engine, name, container_argv(container, command, root=root), command.stdin)
            try:
                watched = watch(tree, root=root, limits=command.limits, stop=stop)
            finally:
                tree.close()
        if watched.cut_off is None and not stop.is_set and tree.status != _ENDED:
            raise SandboxUnavailable(because=watched.stderr.text(limit_characters=500).strip())
        return command_result(watched, ran_out_of_memory=tree.ran_out_of_memory)


@contextmanager
def _profile_file() -> Iterator[str | None]:
    profile = seccomp_profile(platform.machine())
    if profile is None:
        yield None
        return
    with tempfile.NamedTemporaryFile("w", prefix="eaa-seccomp-", suffix=".json") as file:
        file.write(profile)
        file.flush()
        yield file.name


class _ContainerTree:
    """The engine's client and, behind it, the container of a name."""

    def __init__(self, engine: str, name: str, argv: list[str], stdin: bytes) -> None:
        self.status = ""
        """What the engine said of the container after the client had ended; empty when there was none."""
        self.ran_out_of_memory = False
        self._engine = engine
        self._name = name
        self._is_removed = False
        # A pipe of our own would need a thread to fill it; a file in memory does not.
        descriptor = os.memfd_create("eaa", os.MFD_CLOEXEC)
        with os.fdopen(descriptor, "w+b") as file:
            file.write(stdin)
            file.seek(0)
            self.process = subprocess.Popen(
                argv, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", start_new_session=True
            )

    def kill(self) -> None:
        """Remove the container with all its processes; look at how it ended before it is gone."""
        if self.process.poll() is not None and not self.status:
            self._inspect()
        if not self._is_removed:
            removed = ask_engine(self._engine, "rm", "--force", "--volumes", self._name)
            # A client that is still starting may make the container after this.
            self._is_removed = removed.returncode == 0 and self.process.returncode is not None
        if self.process.returncode is None:
            self.process.kill()

    def wait(self) -> int:
        """Wait for the client, and until no container is left."""
        code = self.process.wait()
        if not self._is_removed:
            self.kill()
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

    def _inspect(self) -> None:
        form = "{{.State.Status}} {{.State.OOMKilled}}"
        said = ask_engine(self._engine, "inspect", "--type", "container", "--format", form, self._name)
        words = said.stdout.decode(errors="replace").split()
        if said.returncode == 0 and len(words) == 2:
            self.status = words[0]
            self.ran_out_of_memory = words[1] == "true"
