"""`eaa resume RUN --queue`: a run that waits goes back into the queue of the dispatchers."""

from eaa.cli.exit_codes import ExitCode
from eaa.cli.options import ResumeOptions
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.errors import InvalidRequest
from eaa.engine.approvals import approve
from eaa.engine.run_queue import RUNS_TOPIC, queue_waiting
from eaa.engine.tasks import find_run
from eaa.settings import load_settings
from eaa.wiring.records import open_records
from eaa.wiring.signals import open_signals


async def queue_run(options: ResumeOptions) -> int:
    """Queue a run that waits, was paused or has failed.

    Raises:
        InvalidRequest: No run was named, it works or is over, or another budget is wished for.
        WorkspaceTaken: A person has its workspace.
    """
    if options.run is None:
        raise InvalidRequest("which run shall go on?", hint="Name it: `eaa resume RUN --queue`.")
    if options.budget_usd is not None:
        raise InvalidRequest(
            "--queue keeps the budget that the run has", hint="Go on here with more: leave `--queue` away."
        )
    settings = load_settings()
    async with open_records(settings, progress=QuietProgress()) as records, open_signals(settings) as signals:
        run = await find_run(options.run, desk=records.desk)
        run = await queue_waiting(run.id, desk=records.desk)
        if options.approved is not None:
            await approve(options.approved, run=run, desk=records.desk)
        await signals.ring(RUNS_TOPIC)
    if options.is_json:
        print_json({"task": run.task_id, "run": run.id, "state": run.state})
    else:
        print_line(f"run {run.id}: queued; follow it with `eaa task watch {run.id}`")
    return ExitCode.DONE
