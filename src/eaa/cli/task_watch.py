"""`eaa task watch`: a run's events as they happen, until it ends or waits."""

from typing import Any

import msgspec

from eaa.cli.exit_codes import ExitCode, exit_code_of
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.event import Event
from eaa.domain.run import Run, RunState
from eaa.engine.run_queue import RUNS_TOPIC
from eaa.engine.tasks import find_run
from eaa.settings import load_settings
from eaa.wiring.records import Records, open_records
from eaa.wiring.signals import open_signals

LOOK_S = 1.0
_TIME = "%H:%M:%SZ"
_WAITS = frozenset({RunState.WAITING, RunState.FAILED})


async def watch_task(name: str, *, is_json: bool) -> int:
    """Follow a run; print its events as lines, or all at its end as one JSON object.

    Returns:
        As `eaa run` would: by the verdict of a run that is done, 4 for one that waits, 1 for one that failed.
    """
    seen: list[Event] = []
    settings = load_settings()
    if settings.server is not None:
        from eaa.cli import remote_watch

        return await remote_watch.watch_task(name, is_json=is_json, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records, open_signals(settings) as signals:
        run = await find_run(name, desk=records.desk)
        async with signals.listen(RUNS_TOPIC) as listening:
            while True:
                # The state first: what is written after it is seen the next time.
                run = await _stored(run, records)
                for event in await _new(run, seen, records):
                    seen.append(event)
                    if not is_json:
                        print_line(_line(event))
                if run.state not in (RunState.QUEUED, RunState.RUNNING):
                    break
                await listening.wait(timeout_s=LOOK_S)
    if is_json:
        print_json(
            {"task": run.task_id, "run": run.id, "state": run.state, "verdict": run.verdict, "events": _facts(seen)}
        )
    else:
        print_line(f"run {run.id}: {run.state}{f', {run.verdict}' if run.verdict else ''}")
    return _exit_code(run)


async def _stored(run: Run, records: Records) -> Run:
    async with records.desk.store.begin() as session:
        return await session.runs.get(run.id)


async def _new(run: Run, seen: list[Event], records: Records) -> tuple[Event, ...]:
    async with records.desk.store.begin() as session:
        return (await session.events.of_run(run.id))[len(seen) :]


def _line(event: Event) -> str:
    said = ""
    if event.type == "run.parked":
        facts: dict[str, Any] = msgspec.json.decode(event.data)
        said = f": {facts.get('code', '')} {facts.get('hint', '')}".rstrip()
    return f"{event.created_at.strftime(_TIME)} {event.type}{said}"


def _facts(events: list[Event]) -> list[dict[str, Any]]:
    return [{"id": one.id, "type": one.type, "created_at": one.created_at.isoformat()} for one in events]


def _exit_code(run: Run) -> int:
    if run.state is RunState.DONE and run.verdict is not None:
        return exit_code_of(run.verdict)
    if run.state in _WAITS:
        return ExitCode.WAITS if run.state is RunState.WAITING else ExitCode.FAULT
    return ExitCode.NOT_SHOWN
