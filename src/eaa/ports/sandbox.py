"""Where untrusted commands run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eaa.domain.command import Command, CommandResult


@dataclass(frozen=True, slots=True)
class SandboxStatus:
    """Whether a kind of sandbox works on this machine."""

    kind: str
    """`bubblewrap`, `docker`, `podman`, `none`."""
    is_working: bool
    because: str
    """What was tried and what it said."""
    hint: str = ""
    """What to install or allow, when it does not work."""
    notes: tuple[str, ...] = ()
    """Layers that are missing although it works, such as cgroups."""


class Sandbox(Protocol):
    """Runs commands offline, without secrets, within limits. Safe to share between coroutines."""

    @property
    def kind(self) -> str:
        """Which kind it is."""
        ...

    async def run(self, command: Command, *, root: Path) -> CommandResult:
        """Run a command with `root` mounted writable at `/src` (its `.git` read-only) and return how it ended.

        When this returns or is cancelled, every process of the command's tree is dead.

        Raises:
            SandboxUnavailable: The sandbox itself could not be set up; the command did not start.
        """
        ...
