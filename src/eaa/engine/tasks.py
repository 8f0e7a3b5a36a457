"""Tasks and their runs as people look at them: found by name, listed, told in full."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from eaa.domain.directive import Directive
from eaa.domain.effect import Effect, EffectKind, EffectState
from eaa.domain.errors import InvalidRequest
from eaa.domain.event import Event
from eaa.domain.evidence import Evidence
from eaa.domain.ids import DEFAULT_ORGANISATION, RunId, TaskId
from eaa.domain.question import Question
from eaa.domain.run import Run
from eaa.domain.step import StepRecord
from eaa.domain.task import Task
from eaa.domain.transcript import Ended, EndReason
from eaa.engine.agent.limits import Used, used
from eaa.engine.agent.transcript import read_transcript
from eaa.engine.codec import decode
from eaa.engine.journal import Desk
from eaa.engine.workflows.stages import Staged
from eaa.ports.blobs import Blobs


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task and how its newest run stands."""

    task: Task
    run: Run | None
    """None: it was never begun."""
    branch: str | None
    """The branch that the newest run has published."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """How one conversation of a run with a model stands."""

    context: str
    entries: int
    used: Used
    ended: Ended | None
    """None: it goes on, or its process is gone."""


@dataclass(frozen=True, slots=True)
class RunStory:
    """Everything that people may want to know about a run."""

    task: Task
    run: Run
    attempts: tuple[Run, ...]
    """All runs of the task, oldest first."""
    steps: tuple[StepRecord, ...]
    events: tuple[Event, ...]
    directives: tuple[Directive, ...]
    effects: tuple[Effect, ...]
    conversations: tuple[Conversation, ...]
    questions: tuple[Question, ...]
    """What the run asked, answered or not."""


async def find_run(name: str, *, desk: Desk) -> Run:
    """Return the run with this id, or the newest run of the task with this id.

    Raises:
        RunNotFound: No run is called that.
        TaskNotFound: No task is called that.
        InvalidRequest: The name is neither a run's nor a task's, or the task has no run.
    """
    async with desk.store.begin() as session:
        if name.startswith("run_"):
            return await session.runs.get(RunId(name))
        if not name.startswith("tsk_"):
            raise InvalidRequest(
                f"{name!r} names no run and no task", hint="`eaa task list` shows their ids: run_… and tsk_…."
            )
        task = await session.tasks.get(TaskId(name))
        runs = await session.runs.of_task(task.id)
    if not runs:
        raise InvalidRequest(f"task {name} has no run", hint="Start one with `eaa run`.")
    return runs[-1]


async def newest_tasks(*, limit: int, desk: Desk, before: TaskId | None = None) -> tuple[TaskLine, ...]:
    """Return the newest tasks, or those older than `before`, newest first, each with its newest run."""
    async with desk.store.begin() as session:
        lines = []
        for task in await session.tasks.newest(DEFAULT_ORGANISATION, limit=limit, before=before):
            runs = await session.runs.of_task(task.id)
            run = runs[-1] if runs else None
            effects = await session.effects.of_run(run.id) if run is not None else ()
            lines.append(TaskLine(task=task, run=run, branch=branch_of(effects)))
    return tuple(lines)


async def tell_story(run: Run, *, desk: Desk) -> RunStory:
    """Return everything about a run."""
    async with desk.store.begin() as session:
        task = await session.tasks.get(run.task_id)
        attempts = await session.runs.of_task(run.task_id)
        steps = await session.steps.of_run(run.id)
        events = await session.events.of_run(run.id)
        directives = await session.directives.of_run(run.id)
        effects = await session.effects.of_run(run.id)
        contexts = await session.transcripts.contexts(run.id)
    conversations = tuple([await _conversation(run.id, context, desk) for context in contexts])
    return RunStory(
        task=task,
        run=run,
        attempts=attempts,
        steps=steps,
        events=events,
        directives=directives,
        effects=effects,
        conversations=conversations,
        questions=(*await _questions_of(steps, desk.blobs), *map(_asked, filter(_is_asking, conversations))),
    )


async def evidence_of(steps: Sequence[StepRecord], blobs: Blobs) -> Evidence | None:
    """Return what the last verification of a run found, None when it had none."""
    for step in reversed(steps):
        output = step.output if step.output_blob is None else await blobs.get(step.output_blob)
        try:
            return decode(output, Evidence)
        except msgspec.ValidationError:
            # Not every step is a verification.
            continue
    return None


def branch_of(effects: Sequence[Effect]) -> str | None:
    """Return the branch that a run has published in its repository, None when there is none."""
    kind, state = EffectKind.PUBLISH_BRANCH, EffectState.CONFIRMED
    return next((one.marker for one in effects if one.kind is kind and one.state is state), None)


async def _conversation(run_id: RunId, context: str, desk: Desk) -> Conversation:
    noted = await read_transcript(run_id, context, store=desk.store, blobs=desk.blobs)
    last = noted[-1].entry
    return Conversation(
        context=context, entries=len(noted), used=used(noted), ended=last if isinstance(last, Ended) else None
    )


def _is_asking(conversation: Conversation) -> bool:
    return conversation.ended is not None and conversation.ended.why is EndReason.ASKED


def _asked(conversation: Conversation) -> Question:
    assert conversation.ended is not None
    return Question(text=conversation.ended.detail, options=conversation.ended.options)


async def _questions_of(steps: Sequence[StepRecord], blobs: Blobs) -> tuple[Question, ...]:
    """Return the questions that stages have put to a person."""
    questions: list[Question] = []
    for step in steps:
        output = step.output if step.output_blob is None else await blobs.get(step.output_blob)
        try:
            artefact = decode(output, Staged).artefact
        except msgspec.ValidationError:
            # Not every step is a stage.
            continue
        if isinstance(artefact, dict) and artefact.get("questions"):
            questions += msgspec.convert(artefact["questions"], list[Question])
    return tuple(questions)
