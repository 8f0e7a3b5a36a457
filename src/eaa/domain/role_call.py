"""One stage of a run, asked of a role that works in another process."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eaa.domain.crashes import ALONE_AFTER
from eaa.domain.ids import BlobId, OrganisationId, RoleCallId, RunId
from eaa.domain.role import RoleName


class CallState(StrEnum):
    """Where a call stands. The last three are ends and never change."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED_CALLS = frozenset({CallState.DONE, CallState.FAILED, CallState.CANCELLED})


@dataclass(frozen=True, slots=True)
class RoleCall:
    """A call and, once it has ended, what came of it."""

    id: RoleCallId
    organisation_id: OrganisationId
    role: RoleName
    run_id: RunId
    generation: int
    """Of the run's execution that asks: an older call is worth nothing once the generation has risen."""
    name: str
    """What of the run, `patch 2` for a stage's second round; unique within run and generation."""
    brief: BlobId
    priority: int
    """Smaller ones first; calls of the same priority in the order in which they were put."""
    state: CallState
    created_at: datetime
    owner_slot: str | None = None
    """Who works on it."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    artefact: BlobId | None = None
    """Of a call that is done."""
    fault: bytes | None = None
    """Of a call that failed: the error's facts as JSON."""
    is_alone: bool = False
    """Its run was what may end its processes when it was put."""
    crashes: int = 0
    """How often a process that worked on it was gone, and was back in its slot before anybody else noticed."""

    @property
    def has_to_be_alone(self) -> bool:
        """Whether nothing else is worked on beside it."""
        return self.is_alone or self.crashes >= ALONE_AFTER


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How much of one role's work goes on at a time."""

    at_once: int | None = None
    """Calls that run at the same time in the whole installation; None for no limit."""
    at_once_an_organisation: int | None = None
    """Of them, calls of one organisation: one customer's work does not stop the rest."""
    starts_a_minute: int | None = None
    """Calls that may begin in any sixty seconds."""
