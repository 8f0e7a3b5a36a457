"""The commands of the Model Context Protocol; each loads what it needs when it runs."""

from typing import Annotated

import typer

from eaa.cli.running import run_async
from eaa.domain.origin import Origin

mcp = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    help="Let other programs hand tasks over, by the Model Context Protocol on stdin and stdout.",
)


@mcp.callback()
def serve(
    context: typer.Context,
    *,
    origin: Annotated[Origin, typer.Option(help="How far to trust the texts that come in.")] = Origin.MACHINE,
    repo: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH|URL", help="Work is done on this repository; without any, on all you can read."),
    ] = None,
    budget_usd: Annotated[
        float, typer.Option("--budget-usd", min=0, help="The most that the models of one run may cost.")
    ] = 2.0,
    test_command: Annotated[str | None, typer.Option(metavar="CMD", help="How the projects' tests are run.")] = None,
    python: Annotated[
        str | None, typer.Option(metavar="PATH", help="An interpreter that has everything the tests need.")
    ] = None,
    has_consent: Annotated[
        bool, typer.Option("--yes", help="Packages may be installed for the projects' tests.")
    ] = False,
) -> None:
    """Serve create, show, stop, evidence and answer until stdin is closed; runs that were started live on."""
    if context.invoked_subcommand is not None:
        return
    from eaa.cli.mcp import serve_programs
    from eaa.cli.options import DoorOptions

    options = DoorOptions(
        origin=origin,
        repositories=tuple(repo or ()),
        budget_usd=budget_usd,
        test_command=test_command,
        python=python,
        has_consent=has_consent,
    )
    raise typer.Exit(run_async(serve_programs(options)))


Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]


@mcp.command("pin", epilog="Example: eaa mcp pin tickets --yes")
def pin(
    server: Annotated[str, typer.Argument(help="A server of mcp.toml.")],
    *,
    has_consent: Annotated[bool, typer.Option("--yes", help="Let pass what the server says of its tools now.")] = False,
    is_json: Json = False,
) -> None:
    """Show how a server describes its tools, beside what was pinned, and pin it when you say so."""
    from eaa.wiring.outside_tools import require_mcp

    require_mcp()
    from eaa.cli.mcp_pins import pin_server
    from eaa.cli.options import PinOptions

    options = PinOptions(server=server, has_consent=has_consent, is_json=is_json)
    raise typer.Exit(run_async(pin_server(options)))


@mcp.command("list", epilog="Example: eaa mcp list")
def list_servers(*, is_json: Json = False) -> None:
    """List the servers of mcp.toml whose tools models may call. Starts none of them."""
    from eaa.wiring.outside_tools import require_mcp

    require_mcp()
    from eaa.cli.mcp_pins import list_servers

    raise typer.Exit(run_async(list_servers(is_json=is_json)))
