"""The commands about events and what readers of them could not deal with; each loads what it needs when it runs."""

from typing import Annotated

import typer

from eaa.cli.running import run_async

dead_letters = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Events that a reader could not deal with, after several tries."
)
events = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Facts as they happened, and their readers.")
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]
Consumer = Annotated[str, typer.Option(help="The reader's name, as `eaa dead-letter list` shows it.")]
EventName = Annotated[str, typer.Argument(metavar="EVENT", help="The event's id.")]


@dead_letters.command("list", epilog="Example: eaa dead-letter list")
def list_dead_letters(
    *, limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 20, is_json: Json = False
) -> None:
    """List the newest dead letters."""
    from eaa.cli.dead_letters import list_dead_letters

    raise typer.Exit(run_async(list_dead_letters(limit=limit, is_json=is_json)))


@dead_letters.command("show", epilog="Example: eaa dead-letter show evt_01M83FX3S5YCBWEAR154FCS8JM --consumer counts")
def show_dead_letter(event: EventName, *, consumer: Consumer, is_json: Json = False) -> None:
    """Tell everything about a dead letter, its event included."""
    from eaa.cli.dead_letters import show_dead_letter

    raise typer.Exit(run_async(show_dead_letter(event, consumer=consumer, is_json=is_json)))


@dead_letters.command("retry", epilog="Example: eaa dead-letter retry evt_01M83FX3S5YCBWEAR154FCS8JM --consumer counts")
def retry_dead_letter(event: EventName, *, consumer: Consumer, is_json: Json = False) -> None:
    """Let a reader try a dead letter again, at once and as often as before."""
    from eaa.cli.dead_letters import retry

    raise typer.Exit(run_async(retry(event, consumer=consumer, is_json=is_json)))


@events.command("list", epilog="Example: eaa events list --after evt_01M83FX3S5YCBWEAR154FCS8JM")
def list_events(
    *,
    after: Annotated[str | None, typer.Option(metavar="EVENT", help="The last event that was seen.")] = None,
    task: Annotated[str | None, typer.Option(metavar="TASK", help="Only events of this task.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    is_json: Json = False,
) -> None:
    """List events in the order in which they happened; with `--json`, as CloudEvents."""
    from eaa.cli.events import list_events

    raise typer.Exit(run_async(list_events(after=after, task=task, limit=limit, is_json=is_json)))


@events.command("replay", epilog="Example: eaa events replay --consumer counts --from 2026-11-01")
def replay(
    *,
    consumer: Consumer,
    start: Annotated[
        str, typer.Option("--from", metavar="EVENT|DAY", help="An event's id, or a day: everything from there on.")
    ],
    is_json: Json = False,
) -> None:
    """Let a reader read again from an event or a day on; what it wrote from that day on is made anew."""
    from eaa.cli.events import replay_events

    raise typer.Exit(run_async(replay_events(consumer=consumer, start=start, is_json=is_json)))
