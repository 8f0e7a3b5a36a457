"""The commands about models; each loads what it needs when it runs."""

from typing import Annotated

import typer

from eaa.cli.running import run_async
from eaa.domain.kind import Kind
from eaa.domain.model import Capability, Tier
from eaa.domain.role import RoleName
from eaa.ports.model_usage import UsageKey

models = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The models of this installation.")

prompts = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The prompts that models are given.")
keys = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Keys of providers that eaa itself keeps, encrypted."
)
models.add_typer(keys, name="key", epilog="Example: eaa models key list")
secrets = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What encrypts the keys that eaa keeps.")
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


Provider = Annotated[str, typer.Argument(help="The provider's name: openai, anthropic …, or one of models.toml.")]


@keys.command("add", epilog="Example: eaa models key add anthropic < FILE")
def add_key(provider: Provider, *, is_json: Json = False) -> None:
    """Keep a provider's key, encrypted. It is read from a prompt or from standard input."""
    from eaa.cli.keys import add_key

    raise typer.Exit(run_async(add_key(provider, is_json=is_json)))


@keys.command("list", epilog="Example: eaa models key list openai")
def list_keys(
    provider: Annotated[str | None, typer.Argument(help="Only this provider's keys.")] = None,
    *,
    is_json: Json = False,
) -> None:
    """List the fingerprints of the keys that eaa keeps."""
    from eaa.cli.keys import list_keys

    raise typer.Exit(run_async(list_keys(provider, is_json=is_json)))


@keys.command("remove", epilog="Example: eaa models key remove openai 1a2b3c4d")
def remove_key(
    provider: Provider,
    fingerprint: Annotated[str, typer.Argument(help="Which one, as `eaa models key list` shows it.")],
    *,
    is_json: Json = False,
) -> None:
    """Forget a key. Processes that run notice within seconds."""
    from eaa.cli.keys import remove_key

    raise typer.Exit(run_async(remove_key(provider, fingerprint, is_json=is_json)))


@secrets.command("rotate", epilog="Example: eaa secrets rotate")
def rotate_secrets(*, is_json: Json = False) -> None:
    """Make a new master key, encrypt every kept key with it, and drop the old one. Nothing needs a restart."""
    from eaa.cli.keys import rotate_secrets

    raise typer.Exit(run_async(rotate_secrets(is_json=is_json)))


def usage(
    *,
    by: Annotated[UsageKey, typer.Option(help="What to sum over.")] = UsageKey.MODEL,
    days: Annotated[int, typer.Option(min=1, max=36_500, help="How far to look back.")] = 30,
    prune_days: Annotated[
        int | None,
        typer.Option("--prune-older-than", metavar="DAYS", min=0, max=36_500, help="Remove older rows, show nothing."),
    ] = None,
    is_json: Json = False,
) -> None:
    """Show what calls to models used and cost: cache shares, failures, money spent for nothing."""
    from eaa.cli.usage import prune_usage, show_usage

    if prune_days is not None:
        raise typer.Exit(run_async(prune_usage(prune_days, is_json=is_json)))
    raise typer.Exit(run_async(show_usage(by, days=days, is_json=is_json)))


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
