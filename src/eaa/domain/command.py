"""A command for the sandbox and what came of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from eaa.kit.bounded import bound_text

MEBIBYTE = 1024 * 1024


class Network(StrEnum):
    """What a command may reach. Only the building of environments may ask for more than nothing."""

    NONE = "none"
    REGISTRIES = "registries"
    """The host's network, without secrets, for the step that installs packages."""


class Access(StrEnum):
    """How a folder is mounted."""

    READ_ONLY = "read-only"
    READ_WRITE = "read-write"
    COPY_ON_WRITE = "copy-on-write"
    """Writes succeed and are lost with the command; falls back to read-only where no overlay can be made."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A host folder or file that a command sees at `target` (absolute)."""

    source: Path
    target: str
    access: Access = Access.READ_ONLY


@dataclass(frozen=True, slots=True)
class Limits:
    """What one command may use, all processes of its tree together."""

    wall_s: float = 120.0
    cpu_s: int = 300
    memory_bytes: int = 2048 * MEBIBYTE
    processes: int = 256
    file_bytes: int = 256 * MEBIBYTE
    disk_bytes: int = 1024 * MEBIBYTE
    """How much the workspace may grow."""
    tmp_bytes: int = 512 * MEBIBYTE
    output_bytes: int = 1 * MEBIBYTE
    """Kept of each stream, as head and tail; the rest is counted and dropped."""
    open_files: int = 1024


@dataclass(frozen=True, slots=True)
class Command:
    """One untrusted command. It starts in `/src`, where its workspace is mounted."""

    argv: tuple[str, ...]
    working_directory: str = "."
    """Relative to the workspace."""
    environment: dict[str, str] = field(default_factory=dict)
    """Added to the sandbox's own few variables; nothing of the host's environment is passed on."""
    stdin: bytes = b""
    mounts: tuple[Mount, ...] = ()
    limits: Limits = Limits()
    network: Network = Network.NONE


class CommandEnd(StrEnum):
    """Why a command ended."""

    EXITED = "exited"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    DISK_EXCEEDED = "disk exceeded"
    OUTPUT_EXCEEDED = "output exceeded"
    """Printed so much more than is kept that it was ended."""
    KILLED = "killed"
    """Ended by a signal that was not ours, for example a crash."""


@dataclass(frozen=True, slots=True)
class Output:
    """The head and the tail of one stream."""

    head: bytes
    tail: bytes = b""
    omitted_bytes: int = 0

    def text(self, *, limit_characters: int = 20_000) -> str:
        """Return it decoded, with a line that counts what is missing."""
        middle = f"\n[… {self.omitted_bytes} bytes left out …]\n" if self.omitted_bytes else ""
        decoded = self.head.decode(errors="replace") + middle + self.tail.decode(errors="replace")
        return bound_text(decoded, limit_characters=limit_characters)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended and what it printed."""

    end: CommandEnd
    exit_code: int | None
    """None when it did not exit by itself."""
    stdout: Output
    stderr: Output
    duration_s: float
    peak_memory_bytes: int | None = None
    was_refused_processes: bool = False
    """Whether it is known to have wanted more processes than its limit."""

    @property
    def is_success(self) -> bool:
        """Whether it exited by itself with code 0."""
        return self.end is CommandEnd.EXITED and self.exit_code == 0
