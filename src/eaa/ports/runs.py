"""Runs, inside a transaction of the store."""

from collections.abc import Collection
from typing import Protocol

from eaa.domain.ids import OrganisationId, RunId, TaskId
from eaa.domain.run import Run, RunState


class Runs(Protocol):
    """Keeps runs. Writes to an existing run are fenced by its generation."""

    async def add(self, run: Run) -> None:
        """Add a run; adding the same id again changes nothing."""
        ...

    async def get(self, run_id: RunId) -> Run:
        """Return a run.

        Raises:
            RunNotFound: Nothing was ever added under this id.
        """
        ...

    async def update(self, run: Run) -> None:
        """Replace everything of a run but its generation, which must be the stored one.

        Raises:
            RunNotFound: There is no such run.
            RunFenced: The stored generation is newer. Nothing is written.
        """
        ...

    async def hold(self, run_id: RunId, *, generation: int) -> None:
        """Make sure that the run still has this generation and keeps it until the transaction ends.

        Every transaction that writes anything for a run calls this first.

        Raises:
            RunNotFound: There is no such run.
            RunFenced: The stored generation is newer.
        """
        ...

    async def take_over(self, run_id: RunId, *, owner_slot: str) -> Run:
        """Raise the generation by one, name the new owner, and return the run as it now is.

        Raises:
            RunNotFound: There is no such run.
        """
        ...

    async def claim(self, *, owner_slot: str, at_once: int | None, but: Collection[RunId] = ()) -> Run | None:
        """Make the next queued run that nobody owns this slot's own, running, and return it.

        Two claimers never get the same run.

        Args:
            owner_slot: Who will work on it.
            at_once: How many runs may be running in the whole installation; None for no limit.
            but: Runs to leave in the queue.

        Returns:
            None when no run is queued, or none may begin now.
        """
        ...

    async def queue_again(self, run_id: RunId) -> Run:
        """Let go of a run: queued, owned by nobody, with a raised generation, so that whoever had it is refused.

        Raises:
            RunNotFound: There is no such run.
        """
        ...

    async def of_task(self, task_id: TaskId) -> tuple[Run, ...]:
        """Return all attempts at a task, oldest first."""
        ...

    async def newest(
        self, organisation_id: OrganisationId, *, states: frozenset[RunState], limit: int, before: RunId | None = None
    ) -> tuple[Run, ...]:
        """Return the organisation's runs in one of the states, newest first; older than `before` when it is given."""
        ...

    async def in_state(self, organisation_id: OrganisationId, states: frozenset[RunState]) -> tuple[Run, ...]:
        """Return the organisation's runs in one of the states, oldest first."""
        ...
