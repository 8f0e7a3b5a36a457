"""`eaa task list` and `eaa task show`: what was asked for, and what came of it."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.directive import Directive, DirectiveKind
from eaa.domain.event import Event
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.model import MILLION
from eaa.domain.run import Run
from eaa.domain.taking import HandedBack, Taken
from eaa.domain.transcript import Ended
from eaa.engine.codec import decode
from eaa.engine.directives import outside_of
from eaa.engine.tasks import Conversation, RunStory, TaskLine, branch_of, find_run, newest_tasks, tell_story
from eaa.kit.bounded import bound_text
from eaa.ports.model_usage import UsageKey
from eaa.settings import load_settings
from eaa.wiring.records import Records, open_records

_TITLE_CHARACTERS = 72
_TIME = "%H:%M:%SZ"


async def list_tasks(*, limit: int, is_json: bool) -> int:
    """Print the newest tasks, the newest first."""
    settings = load_settings()
    if settings.server is not None:
        from eaa.cli import remote

        return await remote.list_tasks(limit=limit, is_json=is_json, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records:
        lines = await newest_tasks(limit=limit, desk=records.desk)
        costs = await _costs(records)
    if is_json:
        print_json({"tasks": [_line_facts(line, costs) for line in lines]})
    elif not lines:
        print_line("no task yet; `eaa run` makes one")
    for line in () if is_json else lines:
        branch = f", branch {line.branch}" if line.branch else ""
        state = _state(line.run) if line.run is not None else "not begun"
        print_line(f"{line.task.id}  {state}, {_usd(costs.get(line.task.id, 0))}{branch}  {_title(line.task.text)}")
    return ExitCode.DONE


async def show_task(name: str, *, is_json: bool) -> int:
    """Print everything about a task's newest run, or about the run with this id."""
    settings = load_settings()
    if settings.server is not None:
        from eaa.cli import remote

        return await remote.show_task(name, is_json=is_json, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records:
        story = await tell_story(await find_run(name, desk=records.desk), desk=records.desk)
        costs = await _costs(records)
    cost_microusd = costs.get(story.task.id, 0)
    if is_json:
        print_json(_story_facts(story, cost_microusd))
        return ExitCode.DONE
    for line in _story_lines(story, cost_microusd):
        print_line(line)
    return ExitCode.DONE


async def _costs(records: Records) -> dict[str, int]:
    """Return micro-dollars by task."""
    since = datetime.min.replace(tzinfo=UTC)
    lines = await records.usage.sums(DEFAULT_ORGANISATION, UsageKey.TASK, since=since)
    return {line.key: line.cost_microusd for line in lines}


def _line_facts(line: TaskLine, costs: dict[str, int]) -> dict[str, Any]:
    run = line.run
    return {
        "task": line.task.id,
        "title": _title(line.task.text),
        "repository": line.task.repository_source,
        "created_at": line.task.created_at.isoformat(),
        "run": run.id if run is not None else None,
        "attempts": run.attempt if run is not None else 0,
        "state": run.state if run is not None else None,
        "verdict": run.verdict if run is not None else None,
        "branch": line.branch,
        "cost_microusd": costs.get(line.task.id, 0),
    }


def _story_facts(story: RunStory, cost_microusd: int) -> dict[str, Any]:
    facts = msgspec.to_builtins(
        {
            "steps": [
                {"sequence": step.sequence, "name": step.name, "started_at": step.started_at, "ended_at": step.ended_at}
                for step in story.steps
            ],
            "events": [{"type": event.type, "created_at": event.created_at} for event in story.events],
            "told": [{"kind": one.kind, "text": one.text, "created_at": one.created_at} for one in story.directives],
            "effects": story.effects,
            "questions": story.questions,
            "conversations": [_conversation_facts(one) for one in story.conversations],
        }
    )
    run = story.run
    return {
        "task": story.task.id,
        "request": story.task.text,
        "repository": story.task.repository_source,
        "run": run.id,
        "attempts": [{"run": one.id, "state": one.state, "verdict": one.verdict} for one in story.attempts],
        "state": run.state,
        "verdict": run.verdict,
        "base": run.base_commit,
        "head": run.head_commit,
        "branch": branch_of(story.effects),
        "cost_microusd": cost_microusd,
        **facts,
    }


def _conversation_facts(conversation: Conversation) -> dict[str, Any]:
    used = conversation.used
    return {
        "context": conversation.context,
        "entries": conversation.entries,
        "answers": used.answers,
        "tokens": used.tokens,
        "cost_microusd": used.cost_microusd,
        "seconds": round(used.wall_s, 3),
        "ended": conversation.ended.why if conversation.ended is not None else None,
    }


def _story_lines(story: RunStory, cost_microusd: int) -> list[str]:
    run = story.run
    commits = f"base {(run.base_commit or '-')[:12]}, head {(run.head_commit or 'none')[:12]}"
    lines = [
        f"task {story.task.id}: {_title(story.task.text)}",
        f"repository: {story.task.repository_source}, {commits}",
        *(f"earlier: {one.id}: {_state(one)}" for one in story.attempts if one.attempt < run.attempt),
        f"run {run.id}: {_state(run)}, attempt {run.attempt}, {_usd(cost_microusd)} for the task",
    ]
    for step in story.steps:
        seconds = (step.ended_at - step.started_at).total_seconds()
        lines.append(f"  {step.started_at.strftime(_TIME)} step {step.name}: {seconds:.1f} s")
    for event in story.events:
        lines.append(f"  {event.created_at.strftime(_TIME)} event {event.type}{_why(event)}")
    for told in story.directives:
        words = f": {bound_text(_words_of(told), limit_characters=500)}" if told.text else ""
        lines.append(f"  {told.created_at.strftime(_TIME)} a person said {told.kind}{words}")
    lines += [f"model {one.context}: {_conversation_words(one)}" for one in story.conversations]
    for question in story.questions:
        lines += [f"question: {question.text}", *(f"  - {option}" for option in question.options)]
    return [*lines, outside_of(story.effects), *_next_step(story)]


def _why(event: Event) -> str:
    """Return why a run came to a halt, where the event says so."""
    if event.type != "run.parked":
        return ""
    facts: dict[str, Any] = msgspec.json.decode(event.data)
    return bound_text(f": {facts.get('code', '')} {facts.get('hint', '')}".rstrip(), limit_characters=500)


def _words_of(told: Directive) -> str:
    match told.kind:
        case DirectiveKind.TAKE:
            taken = decode(told.text.encode(), Taken)
            return f"{taken.who} has the workspace, in {taken.folder}"
        case DirectiveKind.HAND_BACK:
            handed = decode(told.text.encode(), HandedBack)
            return f"{handed.who} gave the workspace back, changed: {', '.join(handed.paths) or 'nothing'}"
        case _:
            return told.text


def _conversation_words(conversation: Conversation) -> str:
    used = conversation.used
    end = _end_words(conversation.ended) if conversation.ended is not None else "not ended"
    return (
        f"{conversation.entries} entries, {used.answers} answers, {used.tokens.total_tokens} tokens, "
        f"{_usd(used.cost_microusd)}; {end}"
    )


def _end_words(ended: Ended) -> str:
    return f"{ended.why}: {bound_text(ended.detail, limit_characters=500)}"


def _next_step(story: RunStory) -> list[str]:
    run = story.run
    lines = [f"check it: eaa verify {run.id}"] if branch_of(story.effects) else []
    return [*lines, f"the change: eaa task diff {run.id}"] if run.head_commit else lines


def _state(run: Run) -> str:
    return f"{run.state}, verdict {run.verdict}" if run.verdict is not None else str(run.state)


def _title(text: str) -> str:
    first = next((line.strip("# ").strip() for line in text.splitlines() if line.strip("# ").strip()), "")
    return first if len(first) <= _TITLE_CHARACTERS else f"{first[: _TITLE_CHARACTERS - 1]}…"


def _usd(cost_microusd: int) -> str:
    return f"${cost_microusd / MILLION:.4f}"
