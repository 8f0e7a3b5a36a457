"""One attempt at a task."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eaa.domain.ids import CommitId, OrganisationId, RunId, TaskId
from eaa.domain.verdict import TaskVerdict


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    """For a person; nothing runs."""
    DONE = "done"
    """Came to its end; the verdict says what that amounts to."""
    FAILED = "failed"
    """A fault of ours or of the machine ended it."""
    CANCELLED = "cancelled"


ENDED_STATES = frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at a task. Every write that belongs to it carries its generation (DESIGN §6)."""

    id: RunId
    organisation_id: OrganisationId
    task_id: TaskId
    state: RunState
    attempt: int
    """1 for the first."""
    verdict: TaskVerdict | None
    base_commit: CommitId | None
    head_commit: CommitId | None
    owner_slot: str | None
    """The slot whose process works on it, such as `cli-0`."""
    generation: int
    """Raised by every takeover; a write with an older one is refused."""
    created_at: datetime
    updated_at: datetime
    priority: int = 0
    """Among queued runs the smallest goes first; runs of the same priority in the order of their making."""
