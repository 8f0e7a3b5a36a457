"""`eaa stop`, `eaa pause` and `eaa say`: people tell a run something from another terminal."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, assert_never

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.directive import DirectiveKind, Halt
from eaa.domain.errors import InvalidRequest
from eaa.domain.run import Run, RunState
from eaa.domain.verdict import TaskVerdict
from eaa.engine.directives import OVER, outside_of, tell
from eaa.engine.halting import PATIENCE_S, Ending, Halted, halt_run
from eaa.engine.intake import unfinished_runs
from eaa.engine.tasks import find_run
from eaa.settings import load_settings
from eaa.wiring.records import Records, open_records


class Hears(StrEnum):
    """Who hears what is said to a run now."""

    MODEL = "model"
    LATER = "later"
    NOBODY = "nobody"


_SAID = {
    Hears.MODEL: "kept; the model hears it before its next turn",
    Hears.LATER: "kept; the run does not work now, and its model hears it after `eaa resume`",
    Hears.NOBODY: "kept, but no model works on this run, so nobody hears it; a run without a model never will",
}


async def stop_runs(name: str | None, *, is_all: bool, is_json: bool) -> int:
    """Stop a run, or all that have not ended, and return when nothing of them works any more.

    Returns:
        0, or 1 when the process of a run is alive and did not answer.

    Raises:
        InvalidRequest: Neither a run nor all of them were named, or both.
    """
    if (name is None) is not is_all:
        raise InvalidRequest(
            "which run shall stop?", hint="Name it: `eaa stop RUN`, or say `--all`. `eaa task list` shows them."
        )
    settings = load_settings()
    if settings.server is not None:
        from eaa.cli import remote

        return await remote.halt(name, verb="stop", is_json=is_json, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records:
        runs = await unfinished_runs(records.desk) if name is None else (await find_run(name, desk=records.desk),)
        return await _halt(runs, Halt.STOPPED, records, is_json=is_json)


async def pause_run(name: str, *, is_json: bool) -> int:
    """Let a run wait until it is resumed, and return when nothing of it works any more."""
    settings = load_settings()
    if settings.server is not None:
        from eaa.cli import remote

        return await remote.halt(name, verb="pause", is_json=is_json, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records:
        run = await find_run(name, desk=records.desk)
        return await _halt((run,), Halt.PAUSED, records, is_json=is_json)


async def say(name: str, text: str, *, is_json: bool) -> int:
    """Put words for the model down, and say whether a model is there to hear them.

    Raises:
        InvalidRequest: There are no words, or the run is over.
    """
    if not text.strip():
        raise InvalidRequest("there is nothing to say", hint='Say it so: eaa say RUN "Keep the old name as an alias."')
    settings = load_settings()
    if settings.server is not None:
        from eaa.cli import remote

        return await remote.say(name, text, is_json=is_json, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records:
        run = await find_run(name, desk=records.desk)
        return await _put_down(run, DirectiveKind.SAY, text, records, is_json=is_json)


async def answer(name: str, text: str, *, is_json: bool) -> int:
    """Put the answer to a run's question down; the next `eaa resume` goes on with it.

    Raises:
        InvalidRequest: There are no words, or the run is over and has to be begun anew with the answer.
    """
    if not text.strip():
        raise InvalidRequest("the answer is empty", hint='Give it so: eaa task answer TASK "Gross prices."')
    settings = load_settings()
    if settings.server is not None:
        from eaa.cli import remote

        return await remote.answer(name, text, is_json=is_json, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records:
        run = await find_run(name, desk=records.desk)
        if run.verdict is TaskVerdict.NEEDS_DECISION:
            raise InvalidRequest(
                f"run {run.id} has ended with its question and cannot go on",
                hint="Add the answer to the request and run that: `eaa run` with the issue's text and the answer.",
            )
        return await _put_down(run, DirectiveKind.ANSWER, text, records, is_json=is_json)


async def _put_down(run: Run, kind: DirectiveKind, text: str, records: Records, *, is_json: bool) -> int:
    run = await tell(run.id, kind, text, desk=records.desk)
    if run.state in OVER:
        raise InvalidRequest(
            f"run {run.id} is over ({run.state}); nobody is left to hear it", hint="Say it in a new request: `eaa run`."
        )
    hears = await _who_hears(run, records)
    if is_json:
        print_json({"run": run.id, "task": run.task_id, "state": run.state, "heard_by": hears.value})
    else:
        print_line(f"run {run.id}: {_SAID[hears]}")
    return ExitCode.DONE


async def _halt(runs: Sequence[Run], halt: Halt, records: Records, *, is_json: bool) -> int:
    halted = await asyncio.gather(*(halt_run(run.id, halt, desk=records.desk, slots=records.slots) for run in runs))
    if is_json:
        print_json({"runs": [_facts(one) for one in halted]})
    elif not halted:
        print_line("no run works or waits")
    else:
        for one in halted:
            print_line(f"run {one.run.id}: {_sentence(one, halt)}")
    is_sure = all(one.ending is not Ending.UNANSWERED for one in halted)
    return ExitCode.DONE if is_sure else ExitCode.FAULT


def _facts(halted: Halted) -> dict[str, Any]:
    return {
        "run": halted.run.id,
        "task": halted.run.task_id,
        "state": halted.run.state,
        "ending": halted.ending,
        "effects": [
            {"kind": one.kind, "target": one.target, "marker": one.marker, "state": one.state} for one in halted.effects
        ],
    }


def _sentence(halted: Halted, halt: Halt) -> str:
    run, outside = halted.run, outside_of(halted.effects)
    what = "stopped" if halt is Halt.STOPPED else f"paused, `eaa resume {run.id}` goes on"
    match halted.ending:
        case Ending.OBEYED:
            return f"{what}; everything it had in flight is dead; {outside}"
        case Ending.ORPHANED:
            return f"{what}; no process worked on it; {outside}"
        case Ending.UNANSWERED:
            return (
                f"{what}, but its process is alive and did not answer within {PATIENCE_S:.0f} s. It can record and "
                f"publish nothing any more; its commands may still run. End that process by hand; {outside}"
            )
        case Ending.OVER:
            return f"was over before: {run.state}{f', {run.verdict}' if run.verdict else ''}"
        case _:
            assert_never(halted.ending)


async def _who_hears(run: Run, records: Records) -> Hears:
    async with records.desk.store.begin() as session:
        has_model = bool(await session.transcripts.contexts(run.id))
    if not has_model:
        return Hears.NOBODY
    is_alive = run.owner_slot is not None and await records.slots.is_held(run.owner_slot)
    return Hears.MODEL if is_alive and run.state is RunState.RUNNING else Hears.LATER
