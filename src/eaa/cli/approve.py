"""`eaa task approve`: a person's yes to a plan, bound to its hash."""

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.directive import DirectiveKind
from eaa.domain.errors import InvalidRequest
from eaa.domain.plan import APPROVAL_DAYS
from eaa.engine.directives import OVER, tell
from eaa.engine.planning import plan_lines, subject_of
from eaa.engine.tasks import find_run
from eaa.engine.waiting import plan_of
from eaa.settings import load_settings
from eaa.wiring.records import open_records

_LEAST_HASH_CHARACTERS = 8


async def approve_plan(name: str, *, sha256: str | None, is_json: bool) -> int:
    """Write down that a person says yes to the plan of a run, and show what the yes is to.

    Raises:
        RunNotFound: No run is called that. (`TaskNotFound` likewise.)
        InvalidRequest: The run has no plan, is over, or its plan has another hash.
    """
    settings = load_settings()
    if settings.server is not None:
        from eaa.cli import remote

        return await remote.approve(name, sha256=sha256, is_json=is_json, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records:
        run = await find_run(name, desk=records.desk)
        plan = await plan_of(run.id, store=records.desk.store, blobs=records.desk.blobs)
        subject = subject_of(plan)
        if sha256 is not None and (len(sha256) < _LEAST_HASH_CHARACTERS or not subject.startswith(sha256.lower())):
            raise InvalidRequest(
                f"the plan of run {run.id} has the hash {subject}",
                hint="Look at it with `eaa task show`, and give the hash of what you mean (8 characters at least).",
            )
        told = await tell(run.id, DirectiveKind.APPROVE, subject, desk=records.desk)
        if told.state in OVER:
            raise InvalidRequest(f"run {run.id} is over ({told.state})", hint="Begin anew with `eaa run … --plan`.")
    if is_json:
        print_json({"run": run.id, "task": run.task_id, "subject_sha256": subject, "days": APPROVAL_DAYS})
        return ExitCode.DONE
    for line in plan_lines(plan):
        print_line(line)
    print_line(f"approved for {APPROVAL_DAYS} days: {subject[:12]}; go on with `eaa resume {run.id}`")
    return ExitCode.DONE
