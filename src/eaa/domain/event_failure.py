"""An event that a reader could not deal with, and what is to become of it."""

from dataclasses import dataclass
from datetime import datetime

from eaa.domain.ids import EventId, OrganisationId, TaskId


@dataclass(frozen=True, slots=True)
class EventFailure:
    """One event that waits for another try, or a dead letter. Unique by (organisation, consumer, event)."""

    organisation_id: OrganisationId
    consumer: str
    event_id: EventId
    task_id: TaskId
    attempts: int
    """0: it was not tried, for an earlier event of its task waits."""
    is_dead: bool
    """No more tries are made by themselves."""
    next_at: datetime
    """When it is tried again, at the earliest."""
    code: str
    """Of the error; `fault` for one that is not ours."""
    hint: str
    created_at: datetime
