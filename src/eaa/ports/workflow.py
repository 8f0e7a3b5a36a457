"""Durable workflows: functions that are brought back, from the top, until they have come to their end."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Protocol, TypeVar

from eaa.domain.ids import RunId

T = TypeVar("T")


class Workflow(Protocol):
    """What a running workflow function may do besides computing.

    A workflow function must be deterministic between steps: it reads no clock, no file, no random number itself. When
    the process dies, it is started again from the top; finished steps answer from their own records (the journal's),
    sleeps that are over and messages that were received from the engine's.
    """

    @property
    def run_id(self) -> RunId:
        """The run this workflow works on; also the workflow's own id."""
        ...

    @property
    def generation(self) -> int:
        """The run's generation this execution was started with; every write carries it."""
        ...

    async def step(self, name: str, function: Callable[[], Awaitable[bytes]]) -> bytes:
        """Run a function that keeps a record of its own, under the generation, of what it has done.

        The engine writes nothing down for it: every execution that comes this far calls it again, and it answers from
        its record. The engine cancels it when the run is cancelled or fenced.

        Args:
            name: Names the step within the run.
            function: Does it, or finds it done.

        Raises:
            WorkflowCancelled: The run was cancelled; the function was not called, or was cancelled.
            RunFenced: Another execution works on the run now.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Sleep durably: a restart does not start the wait again."""
        ...

    async def receive(self, topic: str, *, timeout_s: float) -> bytes | None:
        """Wait for a message sent to this run under a topic; None when none came in time.

        A message is received once.
        """
        ...


WorkflowFunction = Callable[[Workflow, bytes], Awaitable[bytes]]
"""A workflow: its handle and its JSON argument in, its JSON result out."""

WorkflowTable = Mapping[str, WorkflowFunction]
"""Workflows by name, passed to the engine by wiring."""


class WorkflowState(StrEnum):
    """Where a workflow stands."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Workflows(Protocol):
    """Starts workflows and recovers them. One open instance a process, in one slot."""

    async def start(self, name: str, *, run_id: RunId, generation: int, argument: bytes) -> None:
        """Start a workflow under a run's id; starting the same id twice is starting it once. Durable on return."""
        ...

    async def result(self, run_id: RunId) -> bytes:
        """Wait for the end of a workflow and return its result.

        Raises:
            EaaError: The one the workflow ended with.
            WorkflowCancelled: It was cancelled.
            RunFenced: This process's execution of it was fenced; another one brings it to its end.
            RunNotFound: It was never started.
        """
        ...

    async def state(self, run_id: RunId) -> WorkflowState | None:
        """Return where a workflow stands, None when it was never started."""
        ...

    async def cancel(self, run_id: RunId) -> None:
        """Cancel a workflow: the step in flight is cancelled, no further one starts. Ended ones are left alone."""
        ...

    async def let_go(self, run_id: RunId) -> None:
        """End this process's execution of a workflow without any outcome on record: another process may go on with it.

        What was in flight is cancelled and has ended on return. A workflow that does not run here is left alone.
        """
        ...

    async def resume(self, run_id: RunId, *, generation: int) -> None:
        """Go on with a cancelled, failed or ownerless workflow in this process, from its first unfinished step.

        Raises:
            RunNotFound: It was never started.
            RunFenced: Its row names another owner or generation by now.
        """
        ...

    async def send(self, run_id: RunId, topic: str, message: bytes) -> None:
        """Send a message to a workflow; kept until it is received."""
        ...
