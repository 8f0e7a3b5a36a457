"""What people tell a run while a model works on it."""

from typing import Protocol

from eaa.domain.transcript import Told


class Steering(Protocol):
    """Hears people. Safe to ask as often as one likes."""

    async def said(self) -> tuple[Told, ...]:
        """Return all that was said so far, oldest first, each with a key of its own; what was heard before too."""
        ...

    async def until_stopped(self) -> None:
        """Return when a person wants the work to stop; at once when that was said already."""
        ...
