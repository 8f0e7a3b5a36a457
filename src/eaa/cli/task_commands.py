"""The commands about tasks; each loads what it needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from eaa.cli.running import QUEUED, run_async
from eaa.domain.kind import Kind

tasks = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What was asked for, and what came of it.")
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]
TaskName = Annotated[str, typer.Argument(metavar="TASK", help="The task's id, meaning its newest run; or a run's id.")]


@tasks.command("list", epilog="Example: eaa task list --limit 5")
def list_tasks(
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 20,
    is_json: Json = False,
) -> None:
    """List the newest tasks: state, verdict, cost, branch."""
    from eaa.cli.tasks import list_tasks

    raise typer.Exit(run_async(list_tasks(limit=limit, is_json=is_json)))


@tasks.command("create", epilog='Example: eaa task create "slugify() drops digits" --repo . --offline')
def create(
    request: Annotated[str | None, typer.Argument(help="The issue: its text, a Markdown file, or its address.")] = None,
    *,
    repo: Annotated[str, typer.Option(metavar="PATH|URL", help="The repository.")] = ".",
    base: Annotated[str | None, typer.Option(metavar="BRANCH", help="What the change starts from.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="What sort of task it is; read out of the text by default.")] = None,
    many: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Many issues: one JSON object a line, `request` and what differs."),
    ] = None,
    is_offline: Annotated[bool, typer.Option("--offline", help="Without any model.")] = False,
    stops_at_plan: Annotated[bool, typer.Option("--plan", help="Stop after the plan and the red tests.")] = False,
    budget_usd: Annotated[float, typer.Option("--budget-usd", min=0, help="The most that its models may cost.")] = 2.0,
    priority: Annotated[int, typer.Option(min=-1_000, max=1_000, help="Smaller ones go first.")] = 0,
    python: Annotated[
        str | None, typer.Option(metavar="PATH", help="An interpreter that has what the project's tests need.")
    ] = None,
    test_command: Annotated[str | None, typer.Option(metavar="CMD", help="How the project's tests are run.")] = None,
    has_consent: Annotated[
        bool, typer.Option("--yes", help="Packages may be installed for the project's tests.")
    ] = False,
    is_json: Json = False,
) -> None:
    """Queue work for a dispatcher (`eaa up`) and return at once; the same request queued again is the same task."""
    from eaa.cli.options import RunOptions
    from eaa.cli.task_create import create_many, create_task

    options = RunOptions(
        request=request or "",
        repo=repo,
        base=base,
        kind=kind,
        is_offline=is_offline,
        stops_at_plan=stops_at_plan,
        budget_usd=budget_usd,
        python=python,
        test_command=test_command,
        has_consent=has_consent,
        is_json=is_json,
    )
    work = create_task(options, priority=priority) if many is None else create_many(many, options, priority=priority)
    raise typer.Exit(run_async(work, when_interrupted=QUEUED))


@tasks.command("watch", epilog="Example: eaa task watch tsk_01M83FX3S5YCBWEAR154FCS8JM")
def watch(task: TaskName, *, is_json: Json = False) -> None:
    """Follow a task's newest run until it ends or waits for a person."""
    from eaa.cli.task_watch import watch_task

    raise typer.Exit(run_async(watch_task(task, is_json=is_json)))


@tasks.command("show", epilog="Example: eaa task show tsk_01M83FX3S5YCBWEAR154FCS8JM")
def show_task(task: TaskName, *, is_json: Json = False) -> None:
    """Tell everything about a task: steps with their times, events, what people said, questions, models."""
    from eaa.cli.tasks import show_task

    raise typer.Exit(run_async(show_task(task, is_json=is_json)))


@tasks.command("diff", epilog="Example: eaa task diff tsk_01M83FX3S5YCBWEAR154FCS8JM")
def diff(task: TaskName, *, is_json: Json = False) -> None:
    """Show what a task's run has changed, from its base to its head."""
    from eaa.cli.task_diff import show_diff

    raise typer.Exit(run_async(show_diff(task, is_json=is_json)))


@tasks.command("cancel", epilog="Example: eaa task cancel tsk_01M83FX3S5YCBWEAR154FCS8JM")
def cancel(task: TaskName, *, is_json: Json = False) -> None:
    """Stop the task's run for good, as `eaa stop` does."""
    from eaa.cli.steering import stop_runs

    raise typer.Exit(run_async(stop_runs(task, is_all=False, is_json=is_json)))


@tasks.command("answer", epilog='Example: eaa task answer tsk_01M83FX3S5YCBWEAR154FCS8JM "Gross prices."')
def answer(
    task: TaskName,
    text: Annotated[str, typer.Argument(help="The answer to what the run asked.")],
    *,
    is_json: Json = False,
) -> None:
    """Answer a question that a run waits with."""
    from eaa.cli import steering

    raise typer.Exit(run_async(steering.answer(task, text, is_json=is_json)))


@tasks.command("approve", epilog="Example: eaa task approve tsk_01M83FX3S5YCBWEAR154FCS8JM")
def approve(
    task: TaskName,
    *,
    sha256: Annotated[
        str | None, typer.Option("--sha256", help="Only when the plan has this hash; the beginning is enough.")
    ] = None,
    is_json: Json = False,
) -> None:
    """Say yes to the plan that a run waits with; another plan would need another yes."""
    from eaa.cli.approve import approve_plan

    raise typer.Exit(run_async(approve_plan(task, sha256=sha256, is_json=is_json)))


@tasks.command("take", epilog="Example: eaa task take run_01M83FX3S5YCBWEAR154FCS8JM --into work")
def take(
    task: TaskName,
    *,
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new folder; `eaa-RUN` in this folder by default.")
    ] = None,
    is_json: Json = False,
) -> None:
    """Take a run's workspace over, to work in it by hand; a run that works is paused first."""
    from eaa.cli.taking import take_workspace

    raise typer.Exit(run_async(take_workspace(task, into=into, is_json=is_json)))


@tasks.command("hand-back", epilog='Example: eaa task hand-back run_01M83FX3S5YCBWEAR154FCS8JM --note "Rates are net."')
def hand_back(
    task: TaskName,
    *,
    folder: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Where the workspace lies now, when it was moved.")
    ] = None,
    note: Annotated[str, typer.Option(help="Words for the model.")] = "",
    is_done: Annotated[
        bool, typer.Option("--done", help="The work is finished: its verification comes next, without the model.")
    ] = False,
    is_unchanged: Annotated[
        bool, typer.Option("--unchanged", help="Leave the workspace as it was taken, whatever the folder holds.")
    ] = False,
    is_json: Json = False,
) -> None:
    """Give the workspace of a run back; `eaa resume` goes on with what you made of it."""
    from eaa.cli.taking import hand_workspace_back

    raise typer.Exit(
        run_async(
            hand_workspace_back(
                task, folder=folder, note=note, is_done=is_done, is_unchanged=is_unchanged, is_json=is_json
            )
        )
    )
