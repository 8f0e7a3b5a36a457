"""What an attack is: code that runs in the sandbox, and what must still be true outside afterwards."""

import os
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from eaa.domain.command import MEBIBYTE, CommandResult, Limits

PYTHON = "/python"
"""Where the interpreter is mounted."""
SMALL = Limits(
    wall_s=6,
    memory_bytes=256 * MEBIBYTE,
    processes=64,
    disk_bytes=64 * MEBIBYTE,
    file_bytes=32 * MEBIBYTE,
    tmp_bytes=32 * MEBIBYTE,
    output_bytes=64 * 1024,
)


@dataclass(frozen=True, slots=True)
class Host:
    """What stands outside and must stay untouched. Its names replace `@NAME@` in an attack's code."""

    folder: Path
    """Writable for whoever runs the attack outside: a planted program could leave a mark there."""
    secret: str
    secret_file: Path
    port: int
    victim_pid: int
    mark: str
    """A word that processes of this attack carry in their command line."""

    def names(self) -> dict[str, str]:
        """Return what an attack may know of the outside."""
        return {
            "@FOLDER@": str(self.folder),
            "@SECRET_FILE@": str(self.secret_file),
            "@PORT@": str(self.port),
            "@VICTIM@": str(self.victim_pid),
            "@RUNNER@": str(os.getpid()),
            "@MARK@": self.mark,
        }

    def is_pwned(self) -> bool:
        """Return whether a program that the attack planted has run outside."""
        return (self.folder / "pwned").exists()

    def survivors(self) -> int:
        """Return how many processes with the mark are alive."""
        alive = 0
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                try:
                    alive += self.mark.encode() in (folder / "cmdline").read_bytes()
                except OSError:
                    continue
        return alive


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attack left."""

    result: CommandResult
    root: Path
    host: Host

    @property
    def printed(self) -> str:
        """Both streams."""
        return self.result.stdout.text() + self.result.stderr.text()


@dataclass(frozen=True, slots=True)
class Attack:
    """One attempt. `is_contained` looks at the outside; `proof` must be printed, so that it did not fail too early."""

    name: str
    code: str
    is_contained: Callable[[Outcome], bool]
    language: str = "python"
    limits: Limits = SMALL
    prepare: Callable[[Path], None] | None = None
    """Lays something into the workspace first."""
    proof: str = ""
    in_repository: bool = False
    """The workspace is a checkout of a repository, made and read back by the git adapter."""
    afterwards: Callable[[Outcome], object] | None = field(default=None)
    """What the host does with the workspace next, other than capturing its changes."""

    def argv(self, host: Host) -> tuple[str, ...]:
        """Return the command."""
        code = textwrap.dedent(self.code)
        for name, value in host.names().items():
            code = code.replace(name, value)
        if self.language == "shell":
            return ("bash", "-c", code)
        return (f"{PYTHON}/bin/python3", "-c", code)
