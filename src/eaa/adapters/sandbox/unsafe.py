"""Runs commands without a sandbox, for those who ask for it. Limits and a clean environment, no isolation at all."""

import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

from typing_extensions import override

from eaa.adapters.sandbox.layout import SOURCE, VARIABLES, working_directory
from eaa.adapters.sandbox.limits import limited
from eaa.adapters.sandbox.memory import MemoryWatch
from eaa.adapters.sandbox.results import command_result
from eaa.adapters.sandbox.supervision import StopSignal, in_own_thread, watch
from eaa.domain.command import Command, CommandResult
from eaa.ports.sandbox import Sandbox

_MARK = "EAA_UNSAFE_COMMAND"
_SIGNAL_BASE = 128


class UnsafeSandbox(Sandbox):
    """The command can read and write whatever we can, and reach the network. Never used unless asked for by name.

    There is no `/src`: where the path begins a word of the command, it is replaced by the workspace's own path, and
    mounts are replaced by their sources. Access of mounts is not enforced. A program that hides its environment can
    outlive its command. The number of processes is not limited.
    """

    @property
    @override
    def kind(self) -> str:
        return "none"

    @override
    async def run(self, command: Command, *, root: Path) -> CommandResult:
        return await in_own_thread(lambda stop: _run(command, root.resolve(), stop))


def _run(command: Command, root: Path, stop: StopSignal) -> CommandResult:
    with tempfile.TemporaryDirectory(prefix="eaa-home-") as home:
        with _UnsafeTree(command, root, Path(home)) as tree:
            watched = watch(tree, root=root, limits=command.limits, stop=stop)
        return command_result(watched)


class _UnsafeTree:
    """Processes that are found again by a mark in their environment."""

    def __init__(self, command: Command, root: Path, home: Path) -> None:
        self._mark = f"{_MARK}={uuid4().hex}"
        places = {SOURCE: str(root)} | {mount.target: str(mount.source) for mount in command.mounts}
        variables = VARIABLES | {"HOME": str(home), "TMPDIR": str(home)} | command.environment
        variables = {name: _placed(value, places) for name, value in variables.items()}
        argv = [_placed(word, places) for word in command.argv]
        with tempfile.TemporaryFile() as stdin:
            stdin.write(command.stdin)
            stdin.seek(0)
            self.process = subprocess.Popen(
                limited(argv, command.limits, has_group=False, counts_processes=False),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=_placed(working_directory(command), places),
                env=variables | dict([self._mark.split("=")]),
                start_new_session=True,
            )

        self._memory = MemoryWatch(self.process.pid, limit_bytes=command.limits.memory_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def kill(self) -> None:
        """Kill the process group, and every process with our mark."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        for process_id in self._marked():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process_id, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for the child, and kill until no marked process is left."""
        code = self.process.wait()
        while self._marked():
            self.kill()
        return code if code >= 0 else _SIGNAL_BASE - code

    def is_out_of_memory(self) -> bool:
        """Return whether the child and its descendants use too much memory together."""
        return self._memory.is_exceeded()

    def _marked(self) -> list[int]:
        mark = self._mark.encode()
        found = []
        for folder in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
            if folder.name.isdigit():
                with suppress(OSError):
                    if mark in (folder / "environ").read_bytes().split(b"\0"):
                        found.append(int(folder.name))
        return found


def _placed(word: str, places: dict[str, str]) -> str:
    """Return the word with the sandbox's paths replaced, longest first; also in lists such as PATH."""
    parts = word.split(":")
    for index, part in enumerate(parts):
        for target in sorted(places, key=len, reverse=True):
            if part == target or part.startswith(f"{target}/"):
                parts[index] = places[target] + part.removeprefix(target)
                break
    return ":".join(parts)
