"""What someone asked for."""

from dataclasses import dataclass
from datetime import datetime

from eaa.domain.ids import OrganisationId, TaskId
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin


@dataclass(frozen=True, slots=True)
class TaskIdentity:
    """What makes two requests the same task. The same words of somebody else are another one: it may do less."""

    organisation_id: OrganisationId
    text: str
    origin: Origin
    repository_source: str
    base: str
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Task:
    """A request, verbatim, and where its change should go."""

    id: TaskId
    organisation_id: OrganisationId
    text: str
    """The request as it came, at most 1 MB."""
    origin: Origin
    source: str
    """Where it came from: `command line`, a file name, an issue's address."""
    repository_source: str
    """Path or URL of the repository."""
    base: str
    """The revision the change starts from, as given; the run records the commit."""
    kind: Kind | None
    """Given by a person; None lets PM classify."""
    created_at: datetime


def origin_of_run(task: Task) -> Origin:
    """Return the least trusted origin of what a run of a task is made from.

    That is its text. What is read later adds nothing lower: files of the base count as a member's, comments are read
    when members wrote them, and words a person says to a run come from this machine.
    """
    return task.origin
