"""The commands about the database's revision; each loads what it needs when it runs."""

from typing import Annotated

import typer

from eaa.cli.running import run_async

db = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The revision of the database.")
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]


@db.command("current", epilog="Example: eaa db current")
def current(*, is_json: Json = False) -> None:
    """Print the database's revision, and the newest one that this version knows."""
    from eaa.cli.db import show_current

    raise typer.Exit(run_async(show_current(is_json=is_json)))


@db.command("shards", epilog="Example: eaa db shards")
def shards(*, is_json: Json = False) -> None:
    """Bring the databases of all shards to the newest revision, and print which organisation is on which."""
    from eaa.cli.db import list_shards

    raise typer.Exit(run_async(list_shards(is_json=is_json)))


@db.command("upgrade", epilog="Example: eaa db upgrade")
def upgrade(*, is_json: Json = False) -> None:
    """Bring the database to the newest revision. Every command does so by itself."""
    from eaa.cli.db import upgrade_database

    raise typer.Exit(run_async(upgrade_database(is_json=is_json)))


@db.command("downgrade", epilog="Example: eaa db downgrade --yes")
def downgrade(
    *,
    is_yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, only say what would be lost.")] = False,
    is_json: Json = False,
) -> None:
    """Take the database one revision back, for an older version. Refused while processes work."""
    from eaa.cli.db import downgrade_database

    raise typer.Exit(run_async(downgrade_database(is_yes=is_yes, is_json=is_json)))
