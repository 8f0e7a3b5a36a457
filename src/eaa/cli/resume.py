"""`eaa resume`: go on with a run whose process is gone."""

from contextlib import closing

from eaa.cli.exit_codes import exit_code_of
from eaa.cli.options import ResumeOptions
from eaa.cli.output import print_json
from eaa.cli.progress import open_progress
from eaa.cli.results import print_result, result_json, write_files
from eaa.cli.run import finish, limit, refuse_alive, refuse_without_model
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import RunId
from eaa.domain.run import Run, RunState
from eaa.engine.approvals import approve
from eaa.engine.intake import order_of, take_over, unfinished_runs
from eaa.engine.workflows.recorded import recorded_result
from eaa.settings import load_settings
from eaa.wiring.app import App, open_app
from eaa.wiring.workplace import ModelWish


async def resume_run(options: ResumeOptions) -> int:
    """Finish a run and return the exit code."""
    settings = load_settings()
    with closing(open_progress(is_json=options.is_json)) as progress:
        async with open_app(settings, progress=progress, models=ModelWish(budget_usd=options.budget_usd)) as app:
            run = await _choose(options, app)
            if run.state is RunState.DONE:
                # Its process may have died before it wrote the files, or told the workflow engine.
                result, seconds = await recorded_result(run, flow=app.flow, desk=app.desk), 0.0
            else:
                await refuse_alive(run, app)
                async with app.desk.store.begin() as session:
                    refuse_without_model(await order_of(session, run.id), app)
                opened = await take_over(run, owner_slot=app.slot, desk=app.desk)
                if options.approved is not None:
                    await approve(options.approved, run=opened.run, desk=app.desk)
                await limit(opened, options.budget_usd, app)
                result, seconds = await finish(opened, app)
    evidence = write_files(settings.home, result)
    if options.is_json:
        print_json(result_json(run, result, evidence, seconds))
    else:
        print_result(result, evidence)
    return exit_code_of(result.verdict)


async def _choose(options: ResumeOptions, app: App) -> Run:
    if options.run is not None:
        async with app.desk.store.begin() as session:
            run = await session.runs.get(RunId(options.run))
        if run.state is RunState.CANCELLED:
            raise InvalidRequest(
                f"run {run.id} was stopped by a person and stays stopped",
                hint="`eaa run` with the same request begins anew.",
            )
        return run
    runs = await unfinished_runs(app.desk)
    if not runs:
        raise InvalidRequest("no run was interrupted", hint="Start one with `eaa run`.")
    return runs[-1]
