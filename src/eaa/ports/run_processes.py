"""Processes of their own that work on runs, for doors that only hand work out."""

from typing import Protocol

from eaa.domain.ids import RunId


class RunProcesses(Protocol):
    """Starts a process for a run. It lives on when whoever started it ends."""

    async def start(self, run_id: RunId, *, budget_usd: float | None) -> None:
        """Let a new process go on with a run, from wherever it stands, and return at once.

        A run is worked on once: a process that finds another one at it ends by itself.

        Args:
            run_id: A run on record.
            budget_usd: The most that its models may cost in all; None leaves the limit that it has.

        Raises:
            DiskFull: There is no room for what it says.
        """
        ...

    async def has_started(self, run_id: RunId) -> bool:
        """Return whether a process that this object started for a run has not ended yet, at work already or not."""
        ...

    async def last_words(self, run_id: RunId) -> bytes | None:
        """Return the JSON object with which the last process of a run ended.

        None: none was started here, or it works, or it was killed.
        """
        ...
