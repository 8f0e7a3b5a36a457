"""Records of finished steps, inside a transaction of the store."""

from typing import Protocol

from eaa.domain.ids import RunId
from eaa.domain.step import StepRecord


class Steps(Protocol):
    """Keeps what each finished step took in and gave out."""

    async def put(self, step: StepRecord) -> None:
        """Record a step; the same (run, sequence) again replaces it (only the step in flight is ever redone)."""
        ...

    async def of_run(self, run_id: RunId) -> tuple[StepRecord, ...]:
        """Return the finished steps of a run in order; empty for an unknown run."""
        ...
