"""The commands about models; each loads what it needs when it runs."""

from typing import Annotated

import typer

from eaa.cli.running import run_async
from eaa.domain.kind import Kind
from eaa.domain.model import Capability, Tier
from eaa.domain.role import RoleName

models = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The models of this installation.")

prompts = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The prompts that models are given.")
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]


@models.command("list", epilog="Example: eaa models list --json")
def list_models(*, is_json: Json = False) -> None:
    """List every model, what it can do and what it costs."""
    from eaa.cli.models import list_models

    raise typer.Exit(run_async(list_models(is_json=is_json)))


@models.command("explain", epilog="Example: eaa models explain --role sd --kind bug --sensitive")
def explain(
    *,
    role: Annotated[RoleName | None, typer.Option(help="Who would ask.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="What sort of task it would be.")] = None,
    size: Annotated[Tier | None, typer.Option(help="How hard the work would be.")] = None,
    domain: Annotated[str | None, typer.Option(help="The field of the work, such as sql.")] = None,
    needs: Annotated[list[Capability] | None, typer.Option(help="What the model must be able to do.")] = None,
    prompt_tokens: Annotated[int, typer.Option(min=0, help="How long the prompt would be.")] = 1_000,
    max_cost_usd: Annotated[float | None, typer.Option(min=0, help="The most that one call may cost.")] = None,
    max_latency_s: Annotated[float | None, typer.Option(min=0, help="The longest that an answer may take.")] = None,
    is_sensitive: Annotated[bool, typer.Option("--sensitive", help="The work may not leave our machines.")] = False,
    is_json: Json = False,
) -> None:
    """Say which model would take some work, why, and why not the others."""
    from eaa.cli.models import Work, explain_choice

    work = Work(
        role=role,
        kind=kind,
        size=size,
        domain=domain,
        needs=tuple(needs or ()),
        prompt_tokens=prompt_tokens,
        max_cost_usd=max_cost_usd,
        max_latency_s=max_latency_s,
        is_sensitive=is_sensitive,
    )
    raise typer.Exit(run_async(explain_choice(work, is_json=is_json)))


@models.command("test", epilog="Example: eaa models test")
def probe(
    names: Annotated[list[str] | None, typer.Argument(help="Names of models; all of them by default.")] = None,
    *,
    is_json: Json = False,
) -> None:
    """Ask each model for one word, and say which of them answer."""
    from eaa.cli.models import probe_models

    raise typer.Exit(run_async(probe_models(tuple(names or ()), is_json=is_json)))


@prompts.command("list", epilog="Example: eaa prompts list")
def list_prompts(*, is_json: Json = False) -> None:
    """List every prompt with its version and where it comes from."""
    from eaa.cli.prompts import list_prompts

    raise typer.Exit(run_async(list_prompts(is_json=is_json)))


@prompts.command("show", epilog="Example: eaa prompts show compact-history")
def show_prompt(
    name: Annotated[str, typer.Argument(help="The prompt's name.")],
    *,
    is_json: Json = False,
) -> None:
    """Show a prompt: what goes into it, its hash, its template."""
    from eaa.cli.prompts import show_prompt

    raise typer.Exit(run_async(show_prompt(name, is_json=is_json)))


@prompts.command(
    "render", epilog='Example: eaa prompts render compact-history --input task="Fix it" --input history=@log'
)
def render_prompt(
    name: Annotated[str, typer.Argument(help="The prompt's name.")],
    *,
    inputs: Annotated[
        list[str] | None, typer.Option("--input", metavar="NAME=TEXT|NAME=@FILE", help="What fills a gap.")
    ] = None,
    is_json: Json = False,
) -> None:
    """Fill in a prompt and print what a model would read."""
    from eaa.cli.prompts import render_prompt

    raise typer.Exit(run_async(render_prompt(name, tuple(inputs or ()), is_json=is_json)))
