"""Another program stops a run, or answers what it asks."""

from typing import Any

from eaa.domain.directive import TEXT_LIMIT_CHARACTERS, DirectiveKind, Halt
from eaa.domain.errors import InvalidRequest
from eaa.domain.origin import Origin
from eaa.domain.run import Run
from eaa.domain.verdict import TaskVerdict
from eaa.engine.directives import OVER, outside_of, tell
from eaa.engine.halting import Ending, halt_run
from eaa.engine.tasks import find_run, tell_story
from eaa.services.mcp.creating import halt_said, is_alive
from eaa.services.mcp.house import House
from eaa.services.mcp.telling import open_questions

LONGEST_ANSWER_CHARACTERS = TEXT_LIMIT_CHARACTERS


async def stop(name: str, house: House) -> dict[str, Any]:
    """Stop a run for good and return when nothing of it works any more.

    Raises:
        InvalidRequest: The name is neither a run's nor a task's. (`RunNotFound`, `TaskNotFound` likewise.)
    """
    run = await find_run(name, desk=house.desk)
    halted = await halt_run(run.id, Halt.STOPPED, desk=house.desk, slots=house.slots)
    return {
        "task": halted.run.task_id,
        "run": halted.run.id,
        "state": halted.run.state,
        "ending": halted.ending,
        "is_sure": halted.ending is not Ending.UNANSWERED,
        "written_outside": outside_of(halted.effects),
    }


async def answer(name: str, text: str, house: House) -> dict[str, Any]:
    """Answer what a run asks, and let a process go on with it.

    The answer carries the origin of the door: the model is told when it is no member's.

    Raises:
        InvalidRequest: The answer is empty, or the run asks nothing, or has ended with its question.
    """
    if not text.strip():
        raise InvalidRequest("the answer is empty", hint="Answer in words, best with one of the options.")
    run = await find_run(name, desk=house.desk)
    await _refuse_unasked(run, house)
    is_member = house.rules.origin is Origin.MEMBER
    run = await tell(run.id, DirectiveKind.ANSWER if is_member else DirectiveKind.OUTSIDE_ANSWER, text, desk=house.desk)
    if run.state in OVER:
        raise InvalidRequest(f"run {run.id} is over ({run.state})", hint="Ask anew with `create`.")
    # What a person paused goes on when a person says so.
    is_started = not await is_alive(run, house) and await halt_said(run, house) is None
    if is_started:
        await house.processes.start(run.id, budget_usd=None)
    return {
        "task": run.task_id,
        "run": run.id,
        "state": run.state,
        "origin": house.rules.origin,
        "is_started": is_started,
    }


async def _refuse_unasked(run: Run, house: House) -> None:
    if run.verdict is TaskVerdict.NEEDS_DECISION:
        raise InvalidRequest(
            f"run {run.id} has ended with its question and cannot go on",
            hint="`create` a task whose request holds the answer.",
        )
    story = await tell_story(run, desk=house.desk)
    if not open_questions(story):
        raise InvalidRequest(f"run {run.id} asks nothing now ({run.state})", hint="`show` tells what it asks.")
