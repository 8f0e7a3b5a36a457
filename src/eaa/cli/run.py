"""`eaa run`: from an issue to a branch with evidence."""

from contextlib import closing

from eaa.cli.exit_codes import exit_code_of
from eaa.cli.options import RunOptions
from eaa.cli.output import print_json
from eaa.cli.progress import open_progress
from eaa.cli.proposals import find_proposal, refuse_contradictions
from eaa.cli.requests import environment_request, is_address, open_repository, read_issue, remarks
from eaa.cli.results import print_result, result_json, write_files
from eaa.domain.errors import (
    ApprovalMissing,
    EaaError,
    InvalidRequest,
    RunAlive,
)
from eaa.domain.origin import Origin
from eaa.domain.run import Run
from eaa.engine.approvals import approve
from eaa.engine.execution import MENDABLE, execute
from eaa.engine.intake import Opened, Request, open_run, take_over
from eaa.engine.workflows.order import ChangeResult, Order
from eaa.settings import load_settings
from eaa.wiring.app import App, open_app
from eaa.wiring.code_hosts import site_of
from eaa.wiring.issues import fetch_issue
from eaa.wiring.workplace import ModelWish


async def run_task(options: RunOptions) -> int:
    """Work on an issue and return the exit code."""
    settings = load_settings()
    site = site_of(settings)
    refuse_contradictions(options, site)
    issue = (
        await fetch_issue(options.request, site=site) if is_address(options.request) else read_issue(options.request)
    )
    with closing(open_progress(is_json=options.is_json)) as progress:
        models = None if options.is_offline else ModelWish(budget_usd=options.budget_usd)
        async with open_app(settings, progress=progress, is_unsafe=options.is_unsafe, models=models) as app:
            if models is not None and app.agents is None:
                progress.noted("no model is configured, so the team works without one (docs/models.md)")
            if issue.origin is not Origin.MEMBER:
                progress.noted(f"the request comes from: {issue.origin} (docs/origins.md)")
            repo = site.cloneable(options.repo)
            repository, base, state = await open_repository(repo, options.base, tools=app.tools)
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
                origin=issue.origin,
                proposal=await find_proposal(options, repository, state, tools=app.tools, site=site)
                if options.wants_pull_request
                else None,
                has_model=app.agents is not None,
                stops_at_plan=options.stops_at_plan,
                has_consent_to_push=options.has_consent_to_push,
            )
            opened = await open_run(request, owner_slot=app.slot, desk=app.desk)
            if not opened.is_new:
                # Only a run that is ours now is held to another budget.
                opened = await _go_on(opened, request, options, app)
            if opened.run.attempt > 1 and opened.is_new:
                progress.noted(
                    f"attempt {opened.run.attempt} at a task whose earlier runs have ended "
                    f"(`eaa task show {opened.run.task_id}`)"
                )
            if opened.is_new and request.has_model and not opened.order.has_model:
                progress.noted("models are switched off (`eaa toggle list`), so the team works without one")
            await limit(opened, options.budget_usd, app)
            result, seconds = await finish(opened, app)
    evidence = write_files(settings.home, result)
    if options.is_json:
        print_json(result_json(opened.run, result, evidence, seconds))
    else:
        print_result(result, evidence)
    return exit_code_of(result.verdict)


async def _go_on(opened: Opened, request: Request, options: RunOptions, app: App) -> Opened:
    """Take an interrupted run of the same request over, when the person has said so.

    Raises:
        RunAlive: It is not interrupted.
        InvalidRequest: Nobody said so, or it was begun with another wish for a pull request, with other options, or
            with a model and there is none here.
    """
    run_id = opened.run.id
    await refuse_alive(opened.run, app)
    if opened.order.proposal != request.proposal:
        wish = "without a pull request" if opened.order.proposal is None else "with a pull request of its own"
        raise InvalidRequest(
            f"run {run_id} of this task has not ended, and was begun {wish}",
            hint=f"Finish it: `eaa resume {run_id}`.",
        )
    if not options.has_consent:
        raise InvalidRequest(
            f"run {run_id} of this task has not ended",
            hint=f"Go on with it: `eaa resume {run_id}`, or say `--yes`.",
        )
    _refuse_other_wishes(opened.order, request)
    refuse_without_model(opened.order, app)
    taken = await take_over(opened.run, owner_slot=app.slot, desk=app.desk)
    if options.has_consent_to_push:
        await approve(None, run=taken.run, desk=app.desk)
    return taken


def _refuse_other_wishes(order: Order, request: Request) -> None:
    """Refuse to go on with a run that was begun with other options: they are on its record and cannot change.

    Raises:
        InvalidRequest: An option that was given now says otherwise.
    """
    begun, now = order.request, request.environment
    wishes = {
        "--python": (begun.interpreter, now.interpreter),
        "--test-command": (begun.test_command, now.test_command),
        "--setup-command": (begun.setup_command, now.setup_command),
        "--plan": (order.stops_at_plan or None, request.stops_at_plan or None),
    }
    others = [name for name, (then, wished) in wishes.items() if wished is not None and wished != then]
    if others:
        raise InvalidRequest(
            f"run {order.run_id} of this task has not ended, and was begun with another {' and '.join(others)}",
            hint=f"Finish it as it was begun: `eaa resume {order.run_id}`; or end it: `eaa stop {order.run_id}`.",
        )


async def limit(opened: Opened, budget_usd: float | None, app: App) -> None:
    """Hold a run to a budget; None leaves the one it has."""
    if opened.order.has_model and app.agents is not None and budget_usd is not None:
        await app.agents.limit(opened.run.id, budget_usd)


def refuse_without_model(order: Order, app: App) -> None:
    """Refuse to go on with a run that was begun with a model where none is; nothing of it is changed.

    Raises:
        InvalidRequest: None is configured here, or the run was begun with one and shall go on offline.
    """
    if order.has_model and app.agents is None:
        raise InvalidRequest(
            f"run {order.run_id} works with a model, and there is none here",
            hint="Go on without `--offline`, and with EAA_MODEL and its provider's key, or models.toml, as they were "
            "(docs/models.md).",
        )


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
    try:
        result = await execute(opened, desk=app.desk, workflows=app.workflows)
    except EaaError as error:
        if isinstance(error, MENDABLE) and not isinstance(error, ApprovalMissing):
            error.hint = f"{error.hint} Then `eaa resume {run.id}`: nothing that is done is done again.".strip()
        raise
    return result, app.desk.clock.monotonic_s() - started_s
