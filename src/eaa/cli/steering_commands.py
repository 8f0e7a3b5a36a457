"""The commands with which people tell a run something; each loads what it needs when it runs."""

from typing import Annotated

import typer

from eaa.cli.running import run_async

Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or its task's.")]


def stop(
    run: Annotated[str | None, typer.Argument(help="The run's id, or its task's.")] = None,
    *,
    is_all: Annotated[bool, typer.Option("--all", help="Every run that has not ended.")] = False,
    is_json: Json = False,
) -> None:
    """Stop a run for good: what it does is dead when this returns, and nothing is written outside after it."""
    from eaa.cli.steering import stop_runs

    raise typer.Exit(run_async(stop_runs(run, is_all=is_all, is_json=is_json)))


def pause(run: RunName, *, is_json: Json = False) -> None:
    """Let a run wait; `eaa resume RUN` goes on from its last finished step."""
    from eaa.cli.steering import pause_run

    raise typer.Exit(run_async(pause_run(run, is_json=is_json)))


def say(
    run: RunName,
    text: Annotated[str, typer.Argument(help="Words for the model.")],
    *,
    is_json: Json = False,
) -> None:
    """Say something to the model that works on a run; it hears it before its next turn."""
    from eaa.cli import steering

    raise typer.Exit(run_async(steering.say(run, text, is_json=is_json)))
