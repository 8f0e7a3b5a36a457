"""The `eaa` command. Every command loads what it needs when it runs, so that `eaa --help` answers at once."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from eaa.cli.audit_commands import audit
from eaa.cli.bench_commands import bench
from eaa.cli.db_commands import db
from eaa.cli.effect_commands import effects
from eaa.cli.event_commands import dead_letters, events
from eaa.cli.exit_codes import ExitCode, exit_code_of_error
from eaa.cli.mcp_commands import mcp
from eaa.cli.model_commands import models, prompts, secrets, usage
from eaa.cli.output import print_error, print_fault, print_usage_error
from eaa.cli.running import RESUMABLE, STOPPED, load_without_collecting, run_async
from eaa.cli.serve_commands import serve, service_token, token, up
from eaa.cli.steering_commands import pause, say, stop
from eaa.cli.task_commands import tasks
from eaa.cli.toggle_commands import toggles
from eaa.domain.errors import EaaError
from eaa.domain.kind import Kind

# Typer hands out this class only as the parent of another one.
_UsageError: Any = typer.BadParameter.__base__

app = typer.Typer(name="eaa", no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
app.add_typer(bench, name="bench", epilog="Example: eaa bench sandbox --json")
app.add_typer(models, name="models", epilog="Example: eaa models list")
app.add_typer(prompts, name="prompts", epilog="Example: eaa prompts list")
app.add_typer(secrets, name="secrets", epilog="Example: eaa secrets rotate")
app.command("usage", epilog="Example: eaa usage --by role --days 7")(usage)
app.add_typer(serve, name="serve", epilog="Example: eaa serve orchestrator")
app.command("up", epilog="Example: eaa up --processes")(up)
app.command("token", epilog="Example: eaa token --role qa --hours 12")(token)
app.command("service-token", epilog="Example: eaa service-token role-sd --scope role.read")(service_token)
app.add_typer(tasks, name="task", epilog="Example: eaa task list")
app.add_typer(effects, name="effects", epilog="Example: eaa effects list --open")
app.add_typer(events, name="events", epilog="Example: eaa events list")
app.add_typer(dead_letters, name="dead-letter", epilog="Example: eaa dead-letter list")
app.add_typer(audit, name="audit", epilog="Example: eaa audit list")
app.add_typer(toggles, name="toggle", epilog="Example: eaa toggle list")
app.add_typer(db, name="db", epilog="Example: eaa db current")
app.add_typer(mcp, name="mcp", epilog="Example: eaa mcp --repo .")
app.command("stop", epilog="Example: eaa stop --all")(stop)
app.command("pause", epilog="Example: eaa pause run_01M83FX3S5YCBWEAR154FCS8JM")(pause)
app.command("say", epilog='Example: eaa say run_01M83FX3S5YCBWEAR154FCS8JM "Keep the old name as an alias."')(say)

Repo = Annotated[str, typer.Option(metavar="PATH|URL", help="The repository. It is only read; a branch is added.")]
Folder = Annotated[str, typer.Option(metavar="PATH|URL", help="The repository. It is only read.")]
Base = Annotated[str | None, typer.Option(metavar="BRANCH", help="What the change starts from.")]
KindOption = Annotated[Kind | None, typer.Option(help="What sort of task it is; read out of the text by default.")]
Python = Annotated[
    str | None, typer.Option(metavar="PATH", help="An interpreter that has everything the project's tests need.")
]
TestCommand = Annotated[str | None, typer.Option(metavar="CMD", help="How the project's tests are run.")]
SetupCommand = Annotated[str | None, typer.Option(metavar="CMD", help="How the project's environment is built.")]
Yes = Annotated[bool, typer.Option("--yes", help="Packages may be installed for the project's tests.")]
Unsafe = Annotated[
    bool, typer.Option("--unsafe-no-sandbox", help="Run the project's code without a sandbox: it can do all you can.")
]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]


_AT_A_SERVER = frozenset({"task", "stop", "pause", "say"})
_HERE_ONLY = frozenset({"run", "resume"})
"""They would work here, where somebody who has set EAA_SERVER does not look for it."""


def _version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        typer.echo(f"eaa {version('eaa')}")
        raise typer.Exit


@app.callback()
def eaa(
    *,
    is_version: Annotated[  # noqa: ARG001 - its callback has done it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Let `task`, `stop`, `pause` and `say` talk to a server (EAA_SERVER)."),
    ] = None,
    context: typer.Context,
) -> None:
    """Turn an issue into a tested change whose evidence anyone can re-run."""
    if server is not None:
        os.environ["EAA_SERVER"] = server
    command = context.invoked_subcommand or ""
    is_refused = command not in _AT_A_SERVER if server is not None else command in _HERE_ONLY
    if os.environ.get("EAA_SERVER") and is_refused and not context.resilient_parsing:
        raise typer.BadParameter(
            f"`eaa {command}` works on this machine; a server is told of work with `eaa task create`."
        )


@app.command(epilog="Example: eaa run \"slugify() drops digits: slugify('a1') should be 'a1'\" --repo . --offline")
def run(
    request: Annotated[str, typer.Argument(help="The issue: its text, a Markdown file, or its address.")],
    *,
    repo: Repo = ".",
    base: Base = None,
    kind: KindOption = None,
    is_offline: Annotated[
        bool, typer.Option("--offline", help="No model and no code host: nothing leaves this machine.")
    ] = False,
    stops_at_plan: Annotated[
        bool, typer.Option("--plan", help="Stop after the plan and its red tests, until `eaa task approve`.")
    ] = False,
    budget_usd: Annotated[
        float, typer.Option("--budget-usd", min=0, help="The most that models may cost, in US dollars.")
    ] = 2.0,
    wants_pull_request: Annotated[
        bool,
        typer.Option(
            "--pull-request", help="Push the branch to GitHub and open a pull request; needs EAA_GITHUB_TOKEN."
        ),
    ] = False,
    has_consent_to_push: Annotated[
        bool,
        typer.Option(
            "--approve-push", help="Push and propose what comes of it even when the request is not a member's."
        ),
    ] = False,
    test_command: TestCommand = None,
    setup_command: SetupCommand = None,
    python: Python = None,
    has_consent: Annotated[
        bool, typer.Option("--yes", help="Packages may be installed, and an interrupted run is gone on with.")
    ] = False,
    is_unsafe: Unsafe = False,
    is_json: Json = False,
) -> None:
    """Work on an issue until there is a branch with a tested change and its evidence."""
    from eaa.cli.options import RunOptions
    from eaa.cli.run import run_task

    options = RunOptions(
        request=request,
        repo=repo,
        base=base,
        kind=kind,
        is_offline=is_offline,
        stops_at_plan=stops_at_plan,
        budget_usd=budget_usd,
        wants_pull_request=wants_pull_request,
        has_consent_to_push=has_consent_to_push,
        test_command=test_command,
        setup_command=setup_command,
        python=python,
        has_consent=has_consent,
        is_unsafe=is_unsafe,
        is_json=is_json,
    )
    raise typer.Exit(run_async(run_task(options), when_interrupted=RESUMABLE))


@app.command(epilog="Example: eaa resume")
def resume(
    run: Annotated[str | None, typer.Argument(help="The run's id; the newest interrupted one by default.")] = None,
    *,
    budget_usd: Annotated[
        float | None,
        typer.Option("--budget-usd", min=0, help="The most that models may cost in all; as before by default."),
    ] = None,
    approved: Annotated[
        str | None,
        typer.Option("--approve", metavar="COMMIT", help="You have read this commit: it may be pushed and proposed."),
    ] = None,
    is_queued: Annotated[
        bool, typer.Option("--queue", help="Let a dispatcher (`eaa up`) go on with it, and return at once.")
    ] = False,
    is_json: Json = False,
) -> None:
    """Go on with a run that was interrupted; what it had finished is not done again."""
    from eaa.cli.options import ResumeOptions

    options = ResumeOptions(run=run, budget_usd=budget_usd, approved=approved, is_queued=is_queued, is_json=is_json)
    if is_queued:
        from eaa.cli.queue import queue_run

        raise typer.Exit(run_async(queue_run(options)))
    from eaa.cli.resume import resume_run

    raise typer.Exit(run_async(resume_run(options), when_interrupted=RESUMABLE))


@app.command(epilog="Example: eaa prove fix-slugs --base main --issue issue.md")
def prove(
    change: Annotated[
        str, typer.Argument(help="The branch, tag or commit with the change, or a pull request's address.")
    ],
    *,
    repo: Folder = ".",
    base: Base = None,
    issue: Annotated[str | None, typer.Option(metavar="FILE|TEXT", help="What the change is meant to do.")] = None,
    kind: KindOption = None,
    test_command: TestCommand = None,
    setup_command: SetupCommand = None,
    python: Python = None,
    has_consent: Yes = False,
    is_unsafe: Unsafe = False,
    is_json: Json = False,
) -> None:
    """Find out what a change that somebody else made really shows."""
    from eaa.cli.options import ProveOptions
    from eaa.cli.prove import prove_change

    options = ProveOptions(
        change=change,
        repo=repo,
        base=base,
        issue=issue,
        kind=kind,
        test_command=test_command,
        setup_command=setup_command,
        python=python,
        has_consent=has_consent,
        is_unsafe=is_unsafe,
        is_json=is_json,
    )
    raise typer.Exit(run_async(prove_change(options)))


@app.command(epilog="Example: eaa verify evidence.json --repo .")
def verify(
    evidence: Annotated[str, typer.Argument(help="An evidence.json, or the id of a run.")],
    *,
    repo: Folder = ".",
    python: Python = None,
    is_trusted: Annotated[
        bool, typer.Option("--trust", help="Commands that only the file names may run, still in the sandbox.")
    ] = False,
    has_consent: Yes = False,
    is_unsafe: Unsafe = False,
    is_json: Json = False,
) -> None:
    """Run what evidence claims again, and exit with an error when anything differs."""
    from eaa.cli.options import VerifyOptions
    from eaa.cli.verify import verify_record

    options = VerifyOptions(
        evidence=evidence,
        repo=repo,
        python=python,
        is_trusted=is_trusted,
        has_consent=has_consent,
        is_unsafe=is_unsafe,
        is_json=is_json,
    )
    raise typer.Exit(run_async(verify_record(options)))


@app.command(epilog="Example: eaa replay run.eaa.tar.gz")
def replay(
    source: Annotated[str, typer.Argument(metavar="RUN|BUNDLE", help="A run's id, or a file that `eaa export` wrote.")],
    *,
    step: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="STEP", help="Begin at this step, by number or title; before it the record counts."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="M", help="With --from: let this model work on from there, in a new run with a branch."),
    ] = None,
    repo: Annotated[
        str | None,
        typer.Option(metavar="PATH|URL", help="Where the base commit is, when neither record nor bundle leads there."),
    ] = None,
    python: Python = None,
    budget_usd: Annotated[
        float, typer.Option("--budget-usd", min=0, help="With --model: the most that models may cost, in US dollars.")
    ] = 2.0,
    has_consent: Yes = False,
    is_unsafe: Unsafe = False,
    is_json: Json = False,
) -> None:
    """Repeat a run from its record, without models and without effects, up to the first thing that differs."""
    from eaa.cli.options import ReplayOptions
    from eaa.cli.replay import replay_run

    options = ReplayOptions(
        source=source,
        step=step,
        model=model,
        repo=repo,
        python=python,
        budget_usd=budget_usd,
        has_consent=has_consent,
        is_unsafe=is_unsafe,
        is_json=is_json,
    )
    raise typer.Exit(run_async(replay_run(options), when_interrupted=STOPPED if model is None else RESUMABLE))


@app.command(epilog="Example: eaa export run_01M8B4BCN6TPCMS8FCN26C30D4 run.eaa.tar.gz")
def export(
    run: Annotated[str, typer.Argument(help="The run's id.")],
    file: Annotated[Path | None, typer.Argument(dir_okay=False, help="The file; RUN.eaa.tar.gz by default.")] = None,
    *,
    is_without_repository: Annotated[
        bool, typer.Option("--without-repository", help="The record alone; a replay then needs --repo.")
    ] = False,
    is_json: Json = False,
) -> None:
    """Write the record of a run and its base commit into one file, without secrets, folders and names of yours."""
    from eaa.cli.export import export_run
    from eaa.cli.options import ExportOptions

    options = ExportOptions(run=run, file=file, is_without_repository=is_without_repository, is_json=is_json)
    raise typer.Exit(run_async(export_run(options)))


@app.command(epilog="Example: eaa check --repo .")
def check(
    *,
    repo: Folder = ".",
    test_command: TestCommand = None,
    setup_command: SetupCommand = None,
    python: Python = None,
    limit_s: Annotated[float, typer.Option(min=1, help="Seconds that all runs of the tests may take together.")] = 25.0,
    has_consent: Yes = False,
    is_unsafe: Unsafe = False,
    is_json: Json = False,
) -> None:
    """Say what eaa makes of a repository, and whether it could work here. Needs no key and changes nothing."""
    from eaa.cli.check import check_repository
    from eaa.cli.options import CheckOptions

    options = CheckOptions(
        repo=repo,
        test_command=test_command,
        setup_command=setup_command,
        python=python,
        limit_s=limit_s,
        has_consent=has_consent,
        is_unsafe=is_unsafe,
        is_json=is_json,
    )
    raise typer.Exit(run_async(check_repository(options)))


@app.command(epilog="Example: eaa doctor")
def doctor(*, is_json: Json = False) -> None:
    """Say whether a run can work on this machine, and what to do when it cannot."""
    from eaa.cli.doctor import examine

    raise typer.Exit(run_async(examine(is_json=is_json)))


@app.command(epilog="Example: eaa clean --yes")
def clean(
    *,
    is_thorough: Annotated[
        bool, typer.Option("--yes", help="Remove environments, mirrors and the folders of ended runs as well.")
    ] = False,
    is_json: Json = False,
) -> None:
    """Remove what is left over below EAA_HOME, and never anything else."""
    from eaa.cli.clean import clean_home
    from eaa.cli.options import CleanOptions

    raise typer.Exit(run_async(clean_home(CleanOptions(is_thorough=is_thorough, is_json=is_json))))


def main() -> None:
    """Run the command line and end the process with its exit code."""
    load_without_collecting()
    sys.exit(_main())


def _main() -> int:
    is_json = "--json" in sys.argv[1:]
    try:
        return int(app(standalone_mode=False) or ExitCode.DONE)
    except EaaError as error:
        print_error(error, is_json=is_json)
        return exit_code_of_error(error)
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _stop_printing()
    except _UsageError as error:
        return _explain(error, is_json=is_json)
    except Exception as error:  # whatever it is, the person gets words and a script gets its one object
        print_fault(error, is_json=is_json)
        return ExitCode.FAULT


def _explain(error: Any, *, is_json: bool) -> int:
    if is_json:
        print_usage_error(error.format_message())
    else:
        error.show()
    return ExitCode.USAGE


def _stop_printing() -> int:
    # Whoever read our output has gone; the interpreter must not find that out again when it flushes.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.FAULT
