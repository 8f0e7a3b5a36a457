"""The commands about switches; each loads what it needs when it runs."""

from enum import StrEnum
from typing import Annotated

import typer

from eaa.cli.running import run_async
from eaa.domain.toggle import Toggle

toggles = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Parts that can be taken out of service.")
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]


class Position(StrEnum):
    """How a switch can be."""

    ON = "on"
    OFF = "off"


@toggles.command("list", epilog="Example: eaa toggle list")
def list_toggles(*, is_json: Json = False) -> None:
    """List the switches, how they are, and what is done while one is off."""
    from eaa.cli.toggle import list_toggles

    raise typer.Exit(run_async(list_toggles(is_json=is_json)))


@toggles.command("set", epilog='Example: eaa toggle set models off --why "the provider is down"')
def set_toggle(
    name: Annotated[Toggle, typer.Argument(help="Which switch.")],
    position: Annotated[Position, typer.Argument(help="Where to.")],
    *,
    why: Annotated[str, typer.Option(metavar="TEXT", help="For whoever wonders; kept in the audit log.")] = "",
    is_json: Json = False,
) -> None:
    """Set a switch; every process of the installation obeys within seconds, without a restart."""
    from eaa.cli.toggle import set_toggle

    raise typer.Exit(run_async(set_toggle(name, is_on=position is Position.ON, why=why, is_json=is_json)))
