"""What goes out: tasks, runs and the rest as JSON."""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, PlainSerializer

from eaa.domain.effect import Effect
from eaa.domain.event import Event
from eaa.domain.ids import TaskId
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.run import Run, RunState
from eaa.domain.task import Task
from eaa.domain.verdict import TaskVerdict
from eaa.engine.cloud_events import cloud_event
from eaa.engine.halting import Halted
from eaa.engine.tasks import RunStory, TaskLine, branch_of
from eaa.engine.waiting import Waiting, Wanted

ItemT = TypeVar("ItemT")
Time = Annotated[
    datetime, PlainSerializer(lambda time: time.isoformat(timespec="milliseconds").replace("+00:00", "Z"), str)
]
"""UTC, with a Z."""


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Pagination(_View):
    """Where a list goes on."""

    limit: int
    has_more: bool
    next_cursor: str | None
    """Give it as `cursor` to get what comes next."""


class Page(_View, Generic[ItemT]):
    """A part of a list."""

    data: list[ItemT]
    pagination: Pagination


class WaitingView(_View):
    """What a run waits for."""

    wanted: Wanted
    code: str
    hint: str
    subject: str | None
    since: Time


class RunView(_View):
    """One attempt at a task."""

    id: str
    task: str
    state: RunState
    verdict: TaskVerdict | None
    attempt: int
    base: str | None
    head: str | None
    priority: int
    owner: str | None
    """The slot of the process that works on it."""
    generation: int
    created_at: Time
    updated_at: Time
    waiting: WaitingView | None = None


class TaskView(_View):
    """What somebody asked for, and how its newest run stands."""

    id: str
    request: str
    origin: Origin
    source: str
    repository: str
    base: str
    kind: Kind | None
    created_at: Time
    cost_microusd: int
    branch: str | None
    run: RunView | None


class CreatedView(_View):
    """A task that is on record."""

    task: str
    run: str
    state: RunState
    is_new: bool
    """False: the same request on the same commit has a run that has not ended; this is it."""
    base: str


class RefusedView(_View):
    """Why a task of many was not queued."""

    code: str
    message: str
    details: dict[str, Any]


class OutcomeView(_View):
    """What came of one task of many: one of the two."""

    created: CreatedView | None = None
    error: RefusedView | None = None


class BatchView(_View):
    """What came of each task, in the order of the request."""

    data: list[OutcomeView]


class StepView(_View):
    """A finished step."""

    sequence: int
    name: str
    started_at: Time
    ended_at: Time


class EffectView(_View):
    """A write to the outside."""

    id: str
    kind: str
    target: str
    marker: str
    state: str
    receipt: str | None


class QuestionView(_View):
    """What a run asks."""

    text: str
    options: list[str]
    because: str


class ConversationView(_View):
    """How a conversation with a model stands."""

    context: str
    answers: int
    tokens: int
    cost_microusd: int
    ended: str | None


class RunStoryView(RunView):
    """Everything about a run."""

    request: str
    branch: str | None
    steps: list[StepView]
    effects: list[EffectView]
    questions: list[QuestionView]
    conversations: list[ConversationView]


class HaltedView(_View):
    """A run that was stopped or paused."""

    task: str
    run: str
    state: RunState
    ending: str
    """How it came to its halt; `unanswered`: its process is alive and said nothing, but can write nothing any more."""
    effects: list[EffectView]


class ToldView(_View):
    """What became of something that a run was told."""

    task: str
    run: str
    state: RunState


class ApprovalView(_View):
    """Something that waits for a yes."""

    id: str
    task: str
    run: str
    kind: Wanted
    subject: str
    text: str
    """The plan, or how to look at the commit."""
    since: Time


class WaitingQuestionView(_View):
    """A question that waits for an answer."""

    id: str
    task: str
    run: str
    questions: list[QuestionView]
    since: Time


class EventView(_View):
    """A fact, as CloudEvents 1.0."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: Time
    datacontenttype: str
    dataschema: str
    eaaorganisation: str
    eaarun: str | None
    eaaorigin: Origin
    data: Any


class ErrorBody(_View):
    """What went wrong."""

    code: str
    message: str
    details: dict[str, Any]
    request_id: str


class ErrorView(_View):
    """Every error looks like this."""

    error: ErrorBody


def run_view(run: Run, waiting: Waiting | None = None) -> RunView:
    """Return a run."""
    return RunView(**_run_facts(run, waiting))


def task_view(line: TaskLine, costs: dict[TaskId, int], waiting: Waiting | None = None) -> TaskView:
    """Return a task with its newest run."""
    task: Task = line.task
    return TaskView(
        id=task.id,
        request=task.text,
        origin=task.origin,
        source=task.source,
        repository=task.repository_source,
        base=task.base,
        kind=task.kind,
        created_at=task.created_at,
        cost_microusd=costs.get(task.id, 0),
        branch=line.branch,
        run=run_view(line.run, waiting) if line.run is not None else None,
    )


def story_view(story: RunStory, waiting: Waiting | None) -> RunStoryView:
    """Return everything about a run."""
    return RunStoryView(
        **_run_facts(story.run, waiting),
        request=story.task.text,
        branch=branch_of(story.effects),
        steps=[StepView(**_facts(step, "sequence", "name", "started_at", "ended_at")) for step in story.steps],
        effects=list(map(effect_view, story.effects)),
        questions=[QuestionView(**msgspec.to_builtins(question)) for question in story.questions],
        conversations=[
            ConversationView(
                context=one.context,
                answers=one.used.answers,
                tokens=one.used.tokens.total_tokens,
                cost_microusd=one.used.cost_microusd,
                ended=str(one.ended.why) if one.ended is not None else None,
            )
            for one in story.conversations
        ],
    )


def effect_view(effect: Effect) -> EffectView:
    """Return a write to the outside."""
    return EffectView(**_facts(effect, "id", "kind", "target", "marker", "state", "receipt"))


def halted_view(halted: Halted) -> HaltedView:
    """Return a run that was stopped or paused."""
    return HaltedView(
        task=halted.run.task_id,
        run=halted.run.id,
        state=halted.run.state,
        ending=halted.ending,
        effects=list(map(effect_view, halted.effects)),
    )


def event_view(event: Event) -> EventView:
    """Return an event as CloudEvents 1.0 has it in JSON."""
    said = cloud_event(event)
    facts = {name: getattr(said, name) for name in said.__struct_fields__ if name != "data"}
    return EventView(**facts, data=msgspec.json.decode(said.data))


def _run_facts(run: Run, waiting: Waiting | None) -> dict[str, Any]:
    return {
        "id": run.id,
        "task": run.task_id,
        "state": run.state,
        "verdict": run.verdict,
        "attempt": run.attempt,
        "base": run.base_commit,
        "head": run.head_commit,
        "priority": run.priority,
        "owner": run.owner_slot,
        "generation": run.generation,
        "created_at": run.created_at,
        "updated_at": run.updated_at,
        "waiting": WaitingView(**_facts(waiting, "wanted", "code", "hint", "subject", "since")) if waiting else None,
    }


def _facts(value: object, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}
