"""How a run stands and what it has shown, for another program."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from eaa.domain.errors import InvalidRequest
from eaa.domain.question import Question
from eaa.domain.run import RunState
from eaa.domain.verdict import TaskVerdict
from eaa.engine.directives import OVER, outside_of
from eaa.engine.tasks import RunStory, branch_of, evidence_of, find_run, tell_story
from eaa.engine.workflows.endings import sentence_of
from eaa.ports.model_usage import UsageKey
from eaa.services.mcp.creating import is_alive
from eaa.services.mcp.house import House


async def show(name: str, house: House) -> dict[str, Any]:
    """Return how a task's newest run stands, or the run with this id.

    Raises:
        InvalidRequest: The name is neither a run's nor a task's. (`RunNotFound`, `TaskNotFound` likewise.)
    """
    story = await tell_story(await find_run(name, desk=house.desk), desk=house.desk)
    run, words = story.run, await _last_words(story, house)
    is_working = await is_alive(run, house)
    return {
        "task": story.task.id,
        "run": run.id,
        "attempt": run.attempt,
        "origin": story.task.origin,
        "state": run.state,
        "is_alive": is_working,
        "verdict": run.verdict,
        "note": words.get("note") or await _note(story, house),
        "error": None if is_working or run.state in OVER else words.get("error"),
        "base": run.base_commit,
        "head": run.head_commit,
        "branch": branch_of(story.effects),
        "written_outside": outside_of(story.effects),
        "cost_microusd": await _cost_microusd(story, house),
        "questions": msgspec.to_builtins(open_questions(story)),
        "steps": [step.name for step in story.steps],
    }


async def evidence(name: str, house: House) -> dict[str, Any]:
    """Return the `evidence.json` of a run.

    Raises:
        InvalidRequest: It has none, or none yet. (`RunNotFound`, `TaskNotFound` likewise.)
    """
    story = await tell_story(await find_run(name, desk=house.desk), desk=house.desk)
    found = await evidence_of(story.steps, house.desk.blobs)
    if found is None:
        run = story.run
        raise InvalidRequest(
            f"run {run.id} has no evidence ({run.state}{f', {run.verdict}' if run.verdict else ''})",
            hint="Evidence is there when a change was verified; `show` says how far the run is.",
        )
    return {"run": story.run.id, "evidence": msgspec.to_builtins(found)}


def open_questions(story: RunStory) -> tuple[Question, ...]:
    """Return what a run asks now: it waits for an answer, or has ended for want of one."""
    is_waiting = story.run.state is RunState.WAITING or story.run.verdict is TaskVerdict.NEEDS_DECISION
    return story.questions if is_waiting else ()


async def _last_words(story: RunStory, house: House) -> dict[str, Any]:
    """Return what the last process of the run printed; nothing when it works, or was a person's own."""
    words = await house.processes.last_words(story.run.id)
    try:
        said = msgspec.json.decode(words or b"{}")
    except msgspec.DecodeError:
        # It was killed while it wrote.
        return {}
    return said if isinstance(said, dict) else {}


async def _note(story: RunStory, house: House) -> str | None:
    if story.run.state is not RunState.DONE:
        return None
    found = await evidence_of(story.steps, house.desk.blobs)
    return sentence_of(found) if found is not None and story.run.head_commit else None


async def _cost_microusd(story: RunStory, house: House) -> int:
    """Return what models have cost for the task, all its runs together."""
    since = datetime.min.replace(tzinfo=UTC)
    lines = await house.usage.sums(story.task.organisation_id, UsageKey.TASK, since=since)
    return sum(line.cost_microusd for line in lines if line.key == story.task.id)
