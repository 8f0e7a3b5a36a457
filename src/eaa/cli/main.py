"""The `eaa` command."""

import typer

app = typer.Typer(name="eaa", no_args_is_help=True)


@app.callback()
def eaa() -> None:
    """Turn an issue into a tested change whose evidence anyone can re-run."""


def main() -> None:
    """Run the command line."""
    app()
