"""A model without any file: the providers' usual environment variables and `EAA_MODEL`."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from eaa.adapters.config.houses import HOUSES
from eaa.domain.catalogue import Catalogue
from eaa.domain.errors import InvalidRequest
from eaa.domain.model import Capability, Locality, Model, Provider

CONTEXT_TOKENS = 128_000
MAX_OUTPUT_TOKENS = 16_000
"""Sizes that today's general models have at least; `models.toml` says better."""
_CAPABILITIES = frozenset({Capability.CHAT, Capability.TOOLS, Capability.IMAGES})
_BASE_URLS = {"openai": "OPENAI_BASE_URL", "anthropic": "ANTHROPIC_BASE_URL", "gemini": "GEMINI_BASE_URL"}
OLLAMA = "ollama"
_OLLAMA_PORT = 11434


def with_usual_model(catalogue: Catalogue, *, model: str | None, environment: Mapping[str, str]) -> Catalogue:
    """Return the catalogue with the model that `EAA_MODEL` names as its default.

    A name of `models.toml` is taken as that; else `provider/model`, or a bare model name when exactly one provider's
    key is set. Its price is not known, so that a token cap holds in place of a price.

    Raises:
        InvalidRequest: The name cannot be understood; the hint says how to write it.
    """
    if model is None:
        return catalogue
    if model in catalogue.by_name:
        return replace_default(catalogue, model)
    house, wire_name = _house_of(model, catalogue, environment)
    provider = catalogue.providers.get(house) or usual_provider(house, environment)
    new = Model(
        name=model,
        provider=house,
        wire_name=wire_name,
        context_tokens=CONTEXT_TOKENS,
        max_output_tokens=MAX_OUTPUT_TOKENS,
        capabilities=_CAPABILITIES,
        locality=Locality.ON_PREMISE if house == OLLAMA else Locality.CLOUD,
    )
    return Catalogue(
        models=(new, *catalogue.models),
        providers=MappingProxyType(dict(catalogue.providers) | {house: provider}),
        rules=catalogue.rules,
        default=model,
    )


def replace_default(catalogue: Catalogue, model: str) -> Catalogue:
    """Return the catalogue with another default."""
    return Catalogue(catalogue.models, catalogue.providers, catalogue.rules, default=model)


def usual_provider(name: str, environment: Mapping[str, str]) -> Provider:
    """Return a provider that everybody knows, at the address that the environment gives it."""
    house = HOUSES[name]
    if name == OLLAMA:
        host = environment.get("OLLAMA_HOST", "")
        return replace(house, base_url=_ollama_address(host)) if host else house
    address = environment.get(_BASE_URLS.get(name, ""), "").rstrip("/")
    if not address:
        return house
    # Anthropic's own variable names the host without the version.
    is_bare = name == "anthropic" and not address.endswith("/v1")
    return replace(house, base_url=f"{address}/v1" if is_bare else address)


def _house_of(model: str, catalogue: Catalogue, environment: Mapping[str, str]) -> tuple[str, str]:
    prefix, _, rest = model.partition("/")
    if rest and (prefix in HOUSES or prefix in catalogue.providers):
        return prefix, rest
    with_key = [name for name, house in HOUSES.items() if environment.get(house.key_environment or "")]
    # An address of one's own is meant, whatever other keys are about.
    addressed = [name for name, variable in _BASE_URLS.items() if environment.get(variable)]
    if not with_key and environment.get("OLLAMA_HOST"):
        with_key = [OLLAMA]
    candidates = addressed if len(addressed) == 1 else with_key
    if len(candidates) != 1:
        raise InvalidRequest(
            f"no model is called {model!r}",
            hint=f"Write EAA_MODEL=provider/model, with one of {', '.join(HOUSES)}; or describe it in models.toml.",
        )
    return candidates[0], model


def _ollama_address(host: str) -> str:
    address = host if "://" in host else f"http://{host}"
    scheme, _, rest = address.partition("://")
    place = rest.rstrip("/")
    if ":" not in place.rpartition("]")[2]:
        place = f"{place}:{_OLLAMA_PORT}"
    return f"{scheme}://{place}/v1"
