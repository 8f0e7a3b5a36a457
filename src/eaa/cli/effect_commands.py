"""The commands about the effects ledger; each loads what it needs when it runs."""

from typing import Annotated

import typer

from eaa.cli.running import run_async

effects = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What runs have written to the outside.")
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]
EffectName = Annotated[str, typer.Argument(metavar="EFFECT", help="The effect's id.")]


@effects.command("list", epilog="Example: eaa effects list --open")
def list_effects(
    *,
    is_open: Annotated[bool, typer.Option("--open", help="Only those whose end nobody saw.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 20,
    is_json: Json = False,
) -> None:
    """List the newest writes to the outside, those that may have come through first."""
    from eaa.cli.effects import list_effects

    raise typer.Exit(run_async(list_effects(is_open=is_open, limit=limit, is_json=is_json)))


@effects.command("show", epilog="Example: eaa effects show eff_01M83FX3S5YCBWEAR154FCS8JM")
def show(effect: EffectName, *, is_json: Json = False) -> None:
    """Tell everything about a write, and what can be done about it."""
    from eaa.cli.effects import show_effect

    raise typer.Exit(run_async(show_effect(effect, is_json=is_json)))


@effects.command(
    "resolve", epilog="Example: eaa effects resolve eff_01M83FX3S5YCBWEAR154FCS8JM --as given-up --why 'wrong branch'"
)
def resolve(
    effect: EffectName,
    *,
    outcome: Annotated[
        str | None,
        typer.Option("--as", metavar="done|given-up", help="What became of it; without this, eaa looks for it itself."),
    ] = None,
    receipt: Annotated[
        str | None, typer.Option(help="With `done`: what the outside shows, a commit id or an address.")
    ] = None,
    why: Annotated[str | None, typer.Option(help="With `given-up`: the reason, in the run's last words.")] = None,
    is_json: Json = False,
) -> None:
    """Settle a write whose end nobody saw; its run goes on accordingly."""
    from eaa.cli.effects import resolve_effect

    work = resolve_effect(effect, outcome=outcome, receipt=receipt, why=why, is_json=is_json)
    raise typer.Exit(run_async(work))
