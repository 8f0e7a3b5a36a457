"""The commands that measure; each loads what it needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from eaa.cli.running import GOES_ON, run_async

bench = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure eaa here. Always exits 0.")
Python = Annotated[
    str | None, typer.Option(metavar="PATH", help="An interpreter that has everything the project's tests need.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Packages may be installed for the project's tests.")]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]


@bench.command("repair", epilog="Example: eaa bench repair --programs ./programs --budget-s 20 --json")
def bench_repair(
    *,
    programs: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="Every subfolder is a project with failing pytest tests.")
    ],
    budget_s: Annotated[float, typer.Option(min=0.1, help="Seconds for one program.")] = 30.0,
    is_json: Json = False,
) -> None:
    """Search a repair for every program of a folder, each in a copy, with this interpreter."""
    from eaa.cli.bench import repair
    from eaa.cli.options import RepairBenchOptions

    options = RepairBenchOptions(programs=programs, budget_s=budget_s, is_json=is_json)
    raise typer.Exit(run_async(repair(options)))


@bench.command("sandbox", epilog="Example: eaa bench sandbox --json")
def bench_sandbox(*, is_json: Json = False) -> None:
    """Measure what the sandbox adds to a command, beside the same command without it."""
    from eaa.cli.bench import sandbox

    raise typer.Exit(run_async(sandbox(is_json=is_json)))


@bench.command("engine", epilog="Example: eaa bench engine --json")
def bench_engine(
    *,
    is_on_postgres: Annotated[
        bool, typer.Option("--postgres", help="On the database of EAA_DATABASE_URL; what is written there stays.")
    ] = False,
    tasks: Annotated[int, typer.Option(min=2, help="Tasks that are queued to see how soon they begin.")] = 50,
    kills: Annotated[int, typer.Option(min=1, help="Dispatchers that are killed to see how soon others go on.")] = 50,
    finished: Annotated[int, typer.Option(min=1, help="Finished runs of the long history.")] = 100_000,
    waiting: Annotated[int, typer.Option(min=1, help="Runs that wait for a slow model at the same time.")] = 200,
    is_json: Json = False,
) -> None:
    """Measure durable workflows beside DBOS alone in the same run, then services, takeovers and long histories."""
    from eaa.cli.bench_engine import EngineBenchOptions, engine

    options = EngineBenchOptions(is_on_postgres, tasks, kills, finished, waiting, is_json)
    raise typer.Exit(run_async(engine(options)))


@bench.command("llm", epilog="Example: eaa bench llm --json")
def bench_llm(
    *,
    litellm_python: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="An interpreter that has LiteLLM; installed below EAA_HOME otherwise."
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often everything is measured.")] = 5,
    is_json: Json = False,
) -> None:
    """Measure a call to a model, beside LiteLLM and bare aiohttp in the same run, all on loopback."""
    from eaa.cli.bench_llm import llm

    raise typer.Exit(run_async(llm(python=litellm_python, rounds=rounds, is_json=is_json)))


@bench.command("agent", epilog="Example: eaa bench agent --json")
def bench_agent(
    *,
    mini_python: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="An interpreter that has mini-swe-agent; installed below EAA_HOME otherwise.",
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often everything but the longest run is measured.")] = 3,
    lengths: Annotated[
        tuple[int, int, int],
        typer.Option(metavar="SHORT LONG LONGEST", help="Answers of the model in each script; at least 4."),
    ] = (10, 40, 500),
    is_json: Json = False,
) -> None:
    """Measure a step of an agent, beside mini-swe-agent in the same run; the model is scripted, on loopback."""
    from eaa.cli.bench_agent import agent

    if min(lengths) < 4:
        raise typer.BadParameter("each length must be at least 4", param_hint="--lengths")
    raise typer.Exit(run_async(agent(python=mini_python, rounds=rounds, lengths=lengths, is_json=is_json)))


@bench.command("tasks", epilog="Example: eaa bench tasks --dir examples/tasks --model openai/gpt-… --limit 2 --json")
def bench_tasks(
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--dir", exists=True, file_okay=False, help="Every subfolder with a task.md is a task."),
    ] = None,
    instances: Annotated[
        Path | None,
        typer.Option("--jsonl", exists=True, dir_okay=False, help="Tasks in the form of SWE-bench instead."),
    ] = None,
    repositories: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="Where the repositories of --jsonl are, as owner/name or name."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="As EAA_MODEL names it, which is the default.")
    ] = None,
    arms: Annotated[str, typer.Option(metavar="ARM,…", help="Which of single, single+verify and team.")] = (
        "single,single+verify,team"
    ),
    limit: Annotated[int | None, typer.Option(min=1, help="So many tasks at most.")] = None,
    seed: Annotated[int | None, typer.Option(help="Shuffles the tasks, the same way each time.")] = None,
    at_once: Annotated[int, typer.Option(min=1, help="So many tasks at the same time.")] = 1,
    budget_usd: Annotated[
        float, typer.Option("--budget-usd", min=0, help="The most that models may cost for one task in one arm.")
    ] = 2.0,
    results: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Folder of the results, which an interrupted bench goes on from."),
    ] = None,
    python: Python = None,
    has_consent: Yes = False,
    is_json: Json = False,
) -> None:
    """Let a model work on tasks with hidden tests, alone and as a team. Costs what the model costs."""
    from eaa.cli.bench_tasks import read_arms, tasks
    from eaa.cli.options import TasksBenchOptions

    options = TasksBenchOptions(
        folder=folder,
        instances=instances,
        repositories=repositories,
        model=model,
        arms=read_arms(arms),
        limit=limit,
        seed=seed,
        at_once=at_once,
        budget_usd=budget_usd,
        results=results,
        python=python,
        has_consent=has_consent,
        is_json=is_json,
    )
    raise typer.Exit(run_async(tasks(options), when_interrupted=GOES_ON))
