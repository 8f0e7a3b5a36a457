"""The commands about the audit log; each loads what it needs when it runs."""

from typing import Annotated

import typer

from eaa.cli.running import run_async

audit = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Who was refused or switched something, and why.")


@audit.command("list", epilog="Example: eaa audit list --limit 50")
def list_entries(
    *,
    organisation: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose entries; the default organisation's otherwise.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 20,
    is_json: Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")] = False,
) -> None:
    """List who was refused by a service or set a switch, the newest first."""
    from eaa.cli.audit import list_audit

    raise typer.Exit(run_async(list_audit(organisation=organisation, limit=limit, is_json=is_json)))
