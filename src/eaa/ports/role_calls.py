"""The queues of the six roles: calls that wait, run and end."""

from collections.abc import Collection
from typing import Protocol

from eaa.domain.ids import BlobId, RoleCallId, RunId
from eaa.domain.role import RoleName
from eaa.domain.role_call import QueueLimits, RoleCall


class RoleCalls(Protocol):
    """Keeps calls. Each method is a transaction of its own; two takers never get the same call."""

    async def put(self, call: RoleCall) -> RoleCall:
        """Add a queued call and return it; when the run has one of this generation and name already, return that."""
        ...

    async def get(self, call_id: RoleCallId) -> RoleCall:
        """Return a call.

        Raises:
            RoleCallNotFound: There is none with this id.
        """
        ...

    async def take(
        self, role: RoleName, *, owner_slot: str, limits: QueueLimits, is_busy: bool = False
    ) -> RoleCall | None:
        """Make the next queued call of a role this slot's own and return it, running; None when none may begin now.

        A call whose run has a newer generation, or is over, is cancelled instead of being handed out.

        Args:
            role: Whose queue.
            owner_slot: Who will work on it.
            limits: How much may go on in the whole installation.
            is_busy: Whether the slot works on another call. Then one that has to be alone is left where it is, and
                nothing behind it is taken either: its turn would never come.
        """
        ...

    async def finish(self, call_id: RoleCallId, *, owner_slot: str, artefact: BlobId) -> None:
        """Record what came of a call that this slot works on.

        Raises:
            RoleCallNotFound: There is none with this id.
            RunFenced: It is not this slot's any more, has ended, or its run has a newer generation. Nothing is written.
        """
        ...

    async def fail(self, call_id: RoleCallId, *, owner_slot: str, fault: bytes) -> None:
        """Record the error that a call ended with.

        Raises:
            RoleCallNotFound: There is none with this id.
            RunFenced: As for `finish`.
        """
        ...

    async def give_back(
        self, owner_slot: str, *, but: Collection[RoleCallId] = (), has_crashed: bool = False
    ) -> tuple[RoleCall, ...]:
        """Queue again what is on record as a slot's work, some calls excepted, and return it as it is then.

        For the slot's own holder: one that drains, or finds what a former holder or a lost connection left.

        Args:
            owner_slot: The slot.
            but: Calls to leave alone.
            has_crashed: Whether a former holder left them, which is counted: they may be what ended it.
        """
        ...

    async def cancel(self, run_id: RunId, *, up_to_generation: int | None = None) -> tuple[RoleCall, ...]:
        """Cancel the run's calls that have not ended, up to a generation, and return them as they are now."""
        ...

    async def cancel_one(self, call_id: RoleCallId) -> RoleCall:
        """Cancel a call that has not ended and return it; one that has ended is returned as it is.

        Raises:
            RoleCallNotFound: There is none with this id.
        """
        ...

    async def running(self, owner_slot: str) -> tuple[RoleCall, ...]:
        """Return what a slot works on, oldest first."""
        ...

    async def of_run(self, run_id: RunId) -> tuple[RoleCall, ...]:
        """Return all calls of a run, oldest first."""
        ...

    async def waiting(self, role: RoleName) -> int:
        """Return how many calls of a role are queued."""
        ...
