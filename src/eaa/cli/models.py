"""`eaa models …`: which models there are, which one would take some work and why, and whether each answers."""

import asyncio
import os
import time
from dataclasses import asdict, dataclass

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import Tone, print_facts, print_json, print_line
from eaa.domain.ask import Ask
from eaa.domain.catalogue import Catalogue
from eaa.domain.completion import CompletionRequest, Message, Speaker, Text
from eaa.domain.errors import EaaError, InvalidRequest
from eaa.domain.kind import Kind
from eaa.domain.model import MILLION, Capability, Model, Sensitivity, Tier
from eaa.domain.model_errors import NoModel
from eaa.domain.role import RoleName
from eaa.ports.orchestrator import Orchestrator
from eaa.settings import load_settings
from eaa.wiring.llm import load_catalogue
from eaa.wiring.vocabularies import exact_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a person asks `eaa models explain` about."""

    role: RoleName | None = None
    kind: Kind | None = None
    size: Tier | None = None
    domain: str | None = None
    needs: tuple[Capability, ...] = ()
    prompt_tokens: int = 1_000
    max_cost_usd: float | None = None
    max_latency_s: float | None = None
    is_sensitive: bool = False


async def list_models(*, is_json: bool) -> int:
    """Print every model and what is known of it."""
    catalogue = _configured()
    exact_counts(catalogue)
    if is_json:
        print_json({"default": catalogue.default, "models": [_facts(model, catalogue) for model in catalogue.models]})
        return ExitCode.DONE
    print_facts([(model.name, _line(model, catalogue), Tone.PLAIN) for model in catalogue.models])
    return ExitCode.DONE


async def explain_choice(work: Work, *, is_json: bool) -> int:
    """Print who would take some work, in the order of the tries, and why others would not."""
    from eaa.engine.llm.selection import choose

    catalogue = _configured()
    exact_counts(catalogue)
    ranked: tuple[str, ...] = ()
    try:
        choice = choose(_ask(work), catalogue, prompt_tokens=work.prompt_tokens)
    except NoModel as refusal:
        because, passed_over = str(refusal), refusal.reasons
    else:
        because, passed_over = choice.because, choice.passed_over
        ranked = tuple(model.name for model in choice.models)
    if is_json:
        print_json(
            {
                "models": list(ranked),
                "because": because,
                "tokens_are_counted": {name: _is_exact(catalogue.by_name[name]) for name in ranked},
                "passed_over": [{"model": name, "reason": reason} for name, reason in passed_over],
            }
        )
    else:
        counts = {name: _counts(catalogue.by_name[name]) for name in ranked}
        print_line(f"{ranked[0]} comes first: {because}; {counts[ranked[0]]}" if ranked else because)
        rows = [
            (name, f"then, number {number}; {counts[name]}", Tone.PLAIN)
            for number, name in enumerate(ranked[1:], start=2)
        ]
        print_facts([*rows, *((name, reason, Tone.NOTE) for name, reason in passed_over)])
    return ExitCode.DONE if ranked else ExitCode.NOT_SHOWN


async def probe_models(names: tuple[str, ...], *, is_json: bool) -> int:
    """Ask each model for one word, all at the same time, without fallback; one that does not answer is a failure."""
    from eaa.wiring.llm import open_orchestrator

    settings = load_settings()
    catalogue = _configured()
    chosen = [model for model in catalogue.models if not names or model.name in names]
    unknown = set(names) - {model.name for model in chosen}
    if unknown:
        raise InvalidRequest(
            f"no model is called {', '.join(sorted(unknown))}", hint=f"Models are: {', '.join(catalogue.by_name)}."
        )
    chatty = [model for model in chosen if Capability.CHAT in model.capabilities]
    async with open_orchestrator(catalogue, os.environ, settings=settings, patience_s=0.0) as orchestrator:
        results = await asyncio.gather(*(_probed(model, orchestrator) for model in chatty))
    if is_json:
        print_json({"models": [asdict(result) for result in results]})
    else:
        print_facts([(one.model, one.said, Tone.GOOD if one.is_working else Tone.BAD) for one in results])
    return ExitCode.DONE if all(one.is_working for one in results) else ExitCode.FAULT


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of asking one model for a word."""

    model: str
    is_working: bool
    said: str
    seconds: float


async def _probed(model: Model, orchestrator: Orchestrator) -> Probed:
    word = Message(Speaker.USER, (Text("Answer with the one word: ready"),))
    request = CompletionRequest(messages=(word,), max_output_tokens=_WORD_TOKENS)
    ask = Ask(request=request, model=model.name, is_pinned=True, is_cached=False)
    started_s = time.monotonic()
    try:
        answer = await orchestrator.complete(ask)
    except EaaError as error:
        said = f"{error} {error.hint}".strip()
        return Probed(model.name, is_working=False, said=said, seconds=time.monotonic() - started_s)
    seconds = time.monotonic() - started_s
    tokens = answer.completion.usage.total_tokens if answer.completion.usage else 0
    said = f"answered in {seconds:.2f} s, {tokens} tokens: {answer.completion.text.strip()[:_SHOWN_CHARACTERS]}"
    return Probed(model.name, is_working=True, said=said, seconds=seconds)


_WORD_TOKENS = 256
"""Room for a reasoning model to think before its one word."""
_SHOWN_CHARACTERS = 60


def _configured() -> Catalogue:
    catalogue = load_catalogue(load_settings(), os.environ)
    if not catalogue.models:
        raise InvalidRequest(
            "no model is configured",
            hint="Set EAA_MODEL=provider/model and the provider's key, or write EAA_HOME/models.toml (docs/models.md).",
        )
    return catalogue


def _ask(work: Work) -> Ask:
    return Ask(
        request=CompletionRequest(messages=(Message(Speaker.USER, (Text(""),)),)),
        role=work.role,
        kind=work.kind,
        size=work.size,
        domain=work.domain,
        needs=frozenset(work.needs),
        max_cost_microusd=None if work.max_cost_usd is None else round(work.max_cost_usd * MILLION),
        max_latency_s=work.max_latency_s,
        sensitivity=Sensitivity.SENSITIVE if work.is_sensitive else Sensitivity.NORMAL,
    )


def _facts(model: Model, catalogue: Catalogue) -> dict[str, object]:
    prices = model.prices
    return {
        "name": model.name,
        "provider": model.provider,
        "wire_name": model.wire_name,
        "address": catalogue.provider_of(model).base_url,
        "context_tokens": model.context_tokens,
        "max_output_tokens": model.max_output_tokens,
        "capabilities": sorted(model.capabilities),
        "tier": model.tier,
        "locality": model.locality,
        "domains": sorted(model.domains),
        "input_microusd_per_million": prices.input_microusd if prices else None,
        "output_microusd_per_million": prices.output_microusd if prices else None,
        "tokens_are_counted": _is_exact(model),
        "vocabulary": model.vocabulary,
    }


def _line(model: Model, catalogue: Catalogue) -> str:
    prices = model.prices
    price = (
        f"{prices.input_microusd / MILLION:g}/{prices.output_microusd / MILLION:g} USD a million tokens in/out"
        if prices
        else "price not known, held by a token cap"
    )
    mark = "default, " if model.name == catalogue.default else ""
    can = ", ".join(sorted(model.capabilities))
    return (
        f"{mark}{model.wire_name} at {catalogue.provider_of(model).name} ({model.locality}), {model.tier}, "
        f"{model.context_tokens} tokens, {price}; {_counts(model)}; {can}"
    )


def _is_exact(model: Model) -> bool:
    return model.vocabulary is not None


def _counts(model: Model) -> str:
    return "tokens are counted exactly" if _is_exact(model) else "tokens are estimated"
