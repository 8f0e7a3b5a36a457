"""`eaa task approve`: a person's yes to a plan, bound to its hash."""

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.directive import DirectiveKind
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import RunId
from eaa.domain.plan import APPROVAL_DAYS, Plan
from eaa.engine.codec import decode
from eaa.engine.directives import OVER, tell
from eaa.engine.journal import Desk
from eaa.engine.planning import plan_lines, subject_of
from eaa.engine.tasks import find_run
from eaa.engine.workflows.change import PLAN_STEP
from eaa.settings import load_settings
from eaa.wiring.records import open_records

_LEAST_HASH_CHARACTERS = 8


async def approve_plan(name: str, *, sha256: str | None, is_json: bool) -> int:
    """Write down that a person says yes to the plan of a run, and show what the yes is to.

    Raises:
        RunNotFound: No run is called that. (`TaskNotFound` likewise.)
        InvalidRequest: The run has no plan, is over, or its plan has another hash.
    """
    async with open_records(load_settings(), progress=QuietProgress()) as records:
        run = await find_run(name, desk=records.desk)
        plan = await _plan_of(run.id, records.desk)
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


async def _plan_of(run_id: RunId, desk: Desk) -> Plan:
    async with desk.store.begin() as session:
        steps = await session.steps.of_run(run_id)
    for step in reversed(steps):
        if step.name == PLAN_STEP:
            output = step.output if step.output_blob is None else await desk.blobs.get(step.output_blob)
            return decode(output, Plan)
    raise InvalidRequest(
        f"run {run_id} waits with no plan", hint="A run stops after its plan when it is begun with `eaa run … --plan`."
    )
