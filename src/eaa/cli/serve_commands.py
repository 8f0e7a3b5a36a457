"""The commands that serve; each loads what it needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from eaa.cli.running import run_async
from eaa.domain.role import RoleName

serve = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Processes that other programs talk to.")

Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]


@serve.command("orchestrator", epilog="Example: eaa serve orchestrator --port 8421")
def orchestrator(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8421,
    tls_certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="PEM file; speaks TLS.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="PEM file of its private key.")
    ] = None,
    is_behind_tls: Annotated[
        bool, typer.Option("--behind-tls", help="A proxy in front speaks TLS; needed beyond this machine without one.")
    ] = False,
    allowed_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A name by which callers reach it, beside --host.")
    ] = None,
    grace_s: Annotated[
        float, typer.Option(min=0, help="Seconds that answers may go on after it was told to stop.")
    ] = 30.0,
    is_json: Json = False,
) -> None:
    """Serve every model of models.toml in OpenAI's words, with fallback, budgets and cache."""
    from eaa.cli.serve import serve_orchestrator
    from eaa.wiring.orchestrator import Place

    place = Place(
        host=host,
        port=port,
        certificate=tls_certificate,
        certificate_key=tls_key,
        is_behind_tls=is_behind_tls,
        names=tuple(allowed_host or ()),
        grace_s=grace_s,
    )
    raise typer.Exit(run_async(serve_orchestrator(place, is_json=is_json)))


def token(
    *,
    role: Annotated[list[RoleName], typer.Option(help="A role it may ask as; may be given several times.")],
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 90, help="How long it holds.")] = 24.0,
    organisation: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose account it asks on; the default organisation's otherwise.")
    ] = None,
    is_json: Json = False,
) -> None:
    """Print a token for the orchestrator that may ask as these roles only."""
    from eaa.cli.serve import print_token

    work = print_token(tuple(role), hours=hours, organisation=organisation, is_json=is_json)
    raise typer.Exit(run_async(work))
