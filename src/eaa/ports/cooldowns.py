"""What is known to be out of order, for all processes that share it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Cooldown:
    """Something that should be left alone for a while."""

    subject: str
    """`model:<name>` or `key:<provider>:<fingerprint>`."""
    because: str
    """The code of the error that caused it."""
    until_s: float
    """Unix time."""


class Cooldowns(Protocol):
    """Keeps cooldowns. Losing them costs a failed try and nothing else, so no method raises when a server is gone."""

    def active(self, now_s: float) -> dict[str, Cooldown]:
        """Return what is cooling, by subject, from memory: never waits. Other processes' news may be a second old."""
        ...

    async def start(self, cooldown: Cooldown) -> None:
        """Record a cooldown; a longer one that is there already stays."""
        ...

    async def end(self, subject: str) -> None:
        """Forget a cooldown."""
        ...
