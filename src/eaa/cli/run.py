"""`eaa run`: from an issue to a branch with evidence."""

from contextlib import closing
from dataclasses import replace

from eaa.cli.exit_codes import exit_code_of
from eaa.cli.options import RunOptions
from eaa.cli.output import print_json
from eaa.cli.progress import open_progress
from eaa.cli.requests import environment_request, open_repository, read_issue, remarks
from eaa.cli.results import print_result, result_json, write_files
from eaa.domain.errors import (
    DatabaseUnreachable,
    DiskFull,
    EaaError,
    InvalidRequest,
    RunAlive,
    RunFenced,
    WorkflowCancelled,
)
from eaa.domain.run import Run, RunState
from eaa.engine.codec import decode, encode
from eaa.engine.intake import Opened, Request, open_run, take_over
from eaa.engine.workflows.order import ChangeResult
from eaa.settings import load_settings
from eaa.wiring.app import CHANGE, App, open_app


async def run_task(options: RunOptions) -> int:
    """Work on an issue and return the exit code."""
    issue = read_issue(options.request)
    if options.wants_pull_request:
        raise InvalidRequest(
            "pull requests cannot be opened yet",
            hint="Run without `--pull-request`; its text is written beside the evidence.",
        )
    settings = load_settings()
    with closing(open_progress(is_json=options.is_json)) as progress:
        async with open_app(settings, progress=progress, is_unsafe=options.is_unsafe) as app:
            repository, base, state = await open_repository(options.repo, options.base, tools=app.tools)
            for line in remarks(state):
                progress.noted(line)
            request = Request(
                text=issue.text,
                source=issue.source,
                repository=repository,
                base=base,
                kind=options.kind,
                environment=environment_request(
                    python=options.python,
                    test_command=options.test_command,
                    setup_command=options.setup_command,
                    has_consent=options.has_consent,
                ),
            )
            opened = await open_run(request, owner_slot=app.slot, desk=app.desk)
            if not opened.is_new:
                await refuse_alive(opened.run, app)
                if not options.has_consent:
                    raise InvalidRequest(
                        f"run {opened.run.id} of this task was interrupted",
                        hint=f"Go on with it: `eaa resume {opened.run.id}`, or say `--yes`.",
                    )
                opened = await take_over(opened.run, owner_slot=app.slot, desk=app.desk)
            result, seconds = await finish(opened, app)
    evidence = write_files(settings.home, result)
    if options.is_json:
        print_json(result_json(opened.run, result, evidence, seconds))
    else:
        print_result(result, evidence)
    return exit_code_of(result.verdict)


async def refuse_alive(run: Run, app: App) -> None:
    """Refuse to touch a run that a live process works on.

    Raises:
        RunAlive: Its slot is held by another process.
    """
    if run.owner_slot is not None and run.owner_slot != app.slot and await app.slots.is_held(run.owner_slot):
        raise RunAlive(run_id=run.id)


async def finish(opened: Opened, app: App) -> tuple[ChangeResult, float]:
    """Work on a run to its end and return its result and the seconds this process spent on it."""
    run = opened.run
    started_s = app.desk.clock.monotonic_s()
    app.wanted.add(run.id)
    argument = encode(opened.order)
    if await app.workflows.state(run.id) is None:
        await app.workflows.start(CHANGE, run_id=run.id, generation=run.generation, argument=argument)
    else:
        await app.workflows.resume(run.id, generation=run.generation)
    try:
        output = await app.workflows.result(run.id)
    except (WorkflowCancelled, RunFenced, DiskFull, DatabaseUnreachable):
        # The work itself did not fail: the run is somebody else's, or can go on where it stands.
        raise
    except EaaError:
        await _record_failure(run, app)
        raise
    return decode(output, ChangeResult), app.desk.clock.monotonic_s() - started_s


async def _record_failure(run: Run, app: App) -> None:
    async with app.desk.store.begin() as session:
        await session.runs.hold(run.id, generation=run.generation)
        stored = await session.runs.get(run.id)
        await session.runs.update(replace(stored, state=RunState.FAILED, updated_at=app.desk.clock.now()))
