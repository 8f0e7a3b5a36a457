"""Facts, in the past tense, as CloudEvents 1.0."""

from dataclasses import dataclass
from datetime import datetime

from eaa.domain.ids import EventId, OrganisationId, RunId, TaskId
from eaa.domain.origin import Origin


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `type` is one of EVENT_TYPES; `data` is JSON without secrets or prompts."""

    id: EventId
    organisation_id: OrganisationId
    task_id: TaskId
    run_id: RunId | None
    type: str
    data: bytes
    created_at: datetime
    origin: Origin = Origin.MACHINE
    """The least trusted origin of what it tells about; who does not say is not trusted."""


EVENT_TYPES = frozenset(
    {
        "task.opened",
        "run.started",
        "run.paused",
        "run.resumed",
        "run.parked",
        "run.ended",
        "baseline.measured",
        "requirement.written",
        "decision.written",
        "plan.written",
        "plan.approved",
        "tests.written",
        "bug.reproduced",
        "patch.proposed",
        "verification.failed",
        "evidence.recorded",
        "change.integrated",
        "workspace.taken",
        "workspace.handed_back",
        "effect.confirmed",
        "effect.approved",
        "effect.refused",
        "branch.published",
        "pull_request.opened",
        "rollout.written",
        "role.skipped",
    }
)
