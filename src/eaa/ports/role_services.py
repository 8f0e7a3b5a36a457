"""A role that serves in a process of its own, asked directly."""

from collections.abc import AsyncGenerator
from typing import Protocol

from eaa.domain.ids import BlobId, RoleCallId, RunId
from eaa.domain.role_reply import RoleDescription, RoleEvent, RoleReply


class RoleServices(Protocol):
    """Asks the service of one role. Safe to share between coroutines.

    Every method raises ServiceUnreachable when nobody answers, ServiceTimeout when the deadline passes, and otherwise
    the error that the service was stopped by.
    """

    async def describe(self) -> RoleDescription:
        """Return what serves the role."""
        ...

    async def ask(
        self,
        brief: bytes | BlobId,
        *,
        run_id: RunId,
        generation: int,
        key: str = "",
        timeout_s: float | None = None,
        wait_s: float | None = None,
        is_dropped_with_me: bool = False,
    ) -> RoleReply:
        """Put a call, or find the one that was put before, and return it at its end.

        Args:
            brief: Its JSON, or the address of a blob that holds it.
            run_id: The run that asks.
            generation: Of its execution.
            key: Names the call in the run's generation, so that asking again finds it; the brief does by default.
            timeout_s: The deadline. It ends the waiting and not the call.
            wait_s: Return the call as it is after so many seconds; 0 puts it and returns.
            is_dropped_with_me: Whether cancelling this coroutine cancels the call as well.
        """
        ...

    async def status(self, call_id: RoleCallId) -> RoleReply:
        """Return a call as it is."""
        ...

    async def cancel(self, call_id: RoleCallId) -> RoleReply:
        """End a call, whoever works on it, and return it."""
        ...

    def log(
        self, call_id: RoleCallId, *, after_event: str = "", timeout_s: float | None = None
    ) -> AsyncGenerator[RoleReply | RoleEvent, None]:
        """Yield what becomes of a call, and its run's events, until it has ended; the ended call is the last."""
        ...
