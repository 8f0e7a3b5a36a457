"""What a gateway answers, as far as commands rely on it. Everything else that it says is kept as it is."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eaa.domain.run import RunState
from eaa.domain.verdict import TaskVerdict


class Answer(BaseModel):
    """A JSON object. What is declared is there and of its type."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    def as_said(self) -> dict[str, Any]:
        """Return all that was said, also what is not declared here."""
        return self.model_dump(mode="json", exclude_unset=True)


class Refusal(Answer):
    """Why something was not done."""

    code: str
    message: str
    details: dict[str, Any] = Field(default_factory=dict)

    @property
    def hint(self) -> str:
        """What to do; empty when it does not say."""
        hint = self.details.get("hint")
        return hint if isinstance(hint, str) else ""


class Refused(Answer):
    """The body of every error."""

    error: Refusal


class CreatedTask(Answer):
    """A task that is on record."""

    task: str
    run: str
    state: str
    is_new: bool


class Outcome(Answer):
    """What came of one task of many: one of the two."""

    created: CreatedTask | None = None
    error: Refusal | None = None

    @model_validator(mode="after")
    def _is_one_of_the_two(self) -> Self:
        if (self.created is None) is (self.error is None):
            raise ValueError("neither queued nor refused, or both")
        return self


class Outcomes(Answer):
    """What came of many tasks, in the order of the request."""

    data: list[Outcome]


class Pagination(Answer):
    """Where a list goes on."""

    has_more: bool
    next_cursor: str | None


class Run(Answer):
    """An attempt at a task."""

    id: str
    task: str
    state: RunState
    verdict: TaskVerdict | None


class Task(Answer):
    """What somebody asked for."""

    id: str
    request: str
    cost_microusd: int
    branch: str | None
    run: Run | None


class Tasks(Answer):
    """A page of tasks."""

    data: list[Task]
    pagination: Pagination


class Step(Answer):
    """A finished step."""

    sequence: int
    name: str


class Waiting(Answer):
    """What a run waits for."""

    code: str
    hint: str


class RunStory(Run):
    """Everything about a run."""

    attempt: int
    branch: str | None
    base: str | None
    head: str | None
    owner: str | None
    steps: list[Step]
    waiting: Waiting | None = None


class Halted(Answer):
    """A run that was stopped or paused."""

    run: str
    state: str
    ending: str


class Told(Answer):
    """What became of something that a run was told."""

    run: str
    state: str


class Approval(Answer):
    """Something that waits for a yes."""

    id: str
    run: str
    subject: str
    text: str


class Approvals(Answer):
    """What waits for a yes."""

    data: list[Approval]


class Event(Answer):
    """A fact, as CloudEvents 1.0."""

    id: str
    type: str
    time: str
    eaarun: str | None


class Events(Answer):
    """A page of events."""

    data: list[Event]
