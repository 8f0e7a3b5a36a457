"""One bubblewrap with everything below it, from its first option to the death of its last process."""

import fcntl
import json
import os
import select
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from enum import Enum, auto
from types import TracebackType
from typing import Self

from eaa.adapters.sandbox.cgroups import ControlGroup
from eaa.adapters.sandbox.kernel import as_another_user, can_be_another_user, kill_by_descriptor
from eaa.adapters.sandbox.layout import (
    MEMORY_FOLDERS,
    Bind,
    bind_options,
    isolation_options,
    made_up_files,
    system_options,
    variable_options,
    working_directory,
)
from eaa.adapters.sandbox.limits import limit_process_count, limited
from eaa.adapters.sandbox.memory import MemoryWatch
from eaa.adapters.sandbox.seccomp import seccomp_program
from eaa.adapters.sandbox.supervision import Watched
from eaa.domain.command import Command, Network
from eaa.domain.errors import SandboxUnavailable

_STATUS_BYTES = 1 << 16
_KILL_AGAIN_MS = 1000
_SIGNAL_BASE = 128


class Start(Enum):
    """How far a command came."""

    RAN = auto()
    NO_PROGRAM = auto()
    """The sandbox was ready, but the program is not there or cannot be executed."""
    NO_SANDBOX = auto()


@dataclass(frozen=True, slots=True)
class Setting:
    """What was decided about a command before it starts."""

    program: str
    """Path of bubblewrap."""
    prefix: Sequence[str]
    """Words of a program that prepares something and then becomes bubblewrap."""
    binds: Sequence[Bind]
    variables: Mapping[str, str]
    group: ControlGroup | None
    uid: int | None
    """Whom to become first, when we are root."""
    has_overlay: bool


class BubblewrapTree:
    """The process tree of one command. A context manager: at its end the tree is dead and nothing is left open."""

    def __init__(self, command: Command, setting: Setting) -> None:
        """Start bubblewrap, send its options, set its limits while it makes the sandbox, and let the command go.

        Raises:
            SandboxUnavailable: Bubblewrap could not be started or limited.
        """
        self._first_inside = -1
        """A pidfd that is readable when every process of the pid namespace is dead."""
        self._memory: MemoryWatch | None = None
        self._resources = ExitStack()
        try:
            self._start(command, setting)
        except BaseException as error:
            self._resources.close()
            if isinstance(error, OSError):
                raise SandboxUnavailable(because=f"bubblewrap could not be started: {error}") from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def kill(self) -> None:
        """Kill bubblewrap and the first process inside, with which the whole pid namespace dies."""
        if self.process.returncode is None:
            self.process.kill()
        if self._first_inside >= 0:
            kill_by_descriptor(self._first_inside)

    def wait(self) -> int:
        """Wait until every process of the tree is dead, and return the exit code in the way of a shell."""
        code = self.process.wait()
        if self._first_inside >= 0:
            death = select.poll()
            death.register(self._first_inside, select.POLLIN)
            while not death.poll(_KILL_AGAIN_MS):
                self.kill()
        return code if code >= 0 else _SIGNAL_BASE - code

    def is_out_of_memory(self) -> bool:
        """Return whether the tree uses too much memory; the control group sees to it where there is one."""
        return self._memory is not None and self._memory.is_exceeded()

    def start_of(self, watched: Watched) -> Start:
        """Return how far the command came, once it has ended. Nothing in its own output can change the answer."""
        said = os.read(self._status, _STATUS_BYTES)
        if b'"exit-code"' in said or watched.cut_off is not None or watched.exit_code > _SIGNAL_BASE:
            return Start.RAN
        # Bubblewrap tells no exit code when the program never ran; then only bubblewrap itself has written.
        return Start.NO_PROGRAM if watched.stderr.head.startswith(b"bwrap: execvp ") else Start.NO_SANDBOX

    def _start(self, command: Command, setting: Setting) -> None:
        with ExitStack() as given:
            descriptors = _Descriptors(given)
            options_end, options = os.pipe()
            self._status, status_end = os.pipe()
            gate_end, gate = os.pipe()
            for end in (options_end, status_end, gate_end):
                descriptors.give(end)
            for end in (self._status, gate):
                self._resources.callback(os.close, end)
            words = [*_options(command, setting, descriptors), "--json-status-fd", str(status_end)]
            with os.fdopen(options, "wb") as pipe:
                stdin = descriptors.own_memory_file(command.stdin)
                self.process = _spawn(command, setting, options_end, stdin, descriptors.given)
                self._resources.callback(self._end)
                pipe.write(b"".join(os.fsencode(word) + b"\0" for word in [*words, "--block-fd", str(gate_end)]))
        if setting.group is not None:
            # The kernel takes its time for the first move. Bubblewrap sets everything up meanwhile, and the second
            # move, of the process behind the gate, is quick.
            setting.group.add(self.process.pid)
        self._open_gate(gate, command, setting)

    def _open_gate(self, gate: int, command: Command, setting: Setting) -> None:
        told = b""
        while not told.endswith(b"\n"):
            if not (piece := os.read(self._status, _STATUS_BYTES)):
                return  # It failed before it made a process; its standard error says why.
            told += piece
        inside = int(json.loads(told)["child-pid"])
        self._first_inside = os.pidfd_open(inside)
        if setting.group is not None:
            setting.group.add(inside)
        else:
            self._memory = MemoryWatch(inside, limit_bytes=command.limits.memory_bytes, folders=MEMORY_FOLDERS)
        if setting.group is None and setting.uid is None:
            limit_process_count(inside, command.limits)
        os.write(gate, b"\n")

    def _end(self) -> None:
        """Leave no process and no pipe behind, however the block was left."""
        self.kill()
        self.wait()
        if self._first_inside >= 0:
            os.close(self._first_inside)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


class _Descriptors:
    """What bubblewrap inherits; closed on our side when the stack is."""

    def __init__(self, stack: ExitStack) -> None:
        self.given: list[int] = []
        self._stack = stack

    def give(self, descriptor: int) -> int:
        self._stack.callback(os.close, descriptor)
        self.given.append(descriptor)
        return descriptor

    def memory_file(self, content: bytes) -> int:
        """Return a file for bubblewrap itself, which closes it before the command runs."""
        descriptor = self.own_memory_file(content)
        self.given.append(descriptor)
        return descriptor

    def own_memory_file(self, content: bytes) -> int:
        """Return a file in memory that nobody can change, open at its beginning; not inherited under this number."""
        descriptor = os.memfd_create("eaa", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self._stack.callback(os.close, descriptor)
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
        return descriptor


def _options(command: Command, setting: Setting, descriptors: _Descriptors) -> list[str]:
    words = isolation_options(shares_network=command.network is Network.REGISTRIES)
    words += system_options(command.limits.tmp_bytes)
    shown = {bind.target for bind in setting.binds}
    for path, content in made_up_files().items():
        if path in shown:
            continue
        words += ["--perms", "0644", "--ro-bind-data", str(descriptors.memory_file(content.encode())), path]
    words += bind_options(setting.binds, has_overlay=setting.has_overlay)
    words += variable_options(list(setting.variables.items()))
    words += ["--chdir", working_directory(command), "--remount-ro", "/"]
    if (program := seccomp_program()) is not None:
        words += ["--seccomp", str(descriptors.memory_file(program))]
    return words


def _spawn(
    command: Command, setting: Setting, options_end: int, stdin: int, given: Sequence[int]
) -> subprocess.Popen[bytes]:
    argv = [*setting.prefix, setting.program, "--args", str(options_end), "--", *command.argv]
    has_group = setting.group is not None
    counts_processes = not has_group and setting.uid is not None
    uid = setting.uid
    # Given the uid, `Popen` would copy this process with all its memory tables before it starts a program.
    with as_another_user(uid) if uid is not None and can_be_another_user() else nullcontext():
        is_changed = uid is None or os.getuid() == uid
        return subprocess.Popen(
            limited(argv, command.limits, has_group=has_group, counts_processes=counts_processes),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env={},
            pass_fds=given,
            start_new_session=True,
            umask=0o022,
            user=None if is_changed else uid,
            group=None if is_changed else uid,
            extra_groups=None if is_changed else [],
        )
