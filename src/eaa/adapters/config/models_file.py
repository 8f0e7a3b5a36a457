"""`models.toml`: the models of an installation, their providers, and the rules between them."""

import tomllib
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import msgspec

from eaa.adapters.config.houses import HOUSES
from eaa.domain.catalogue import Catalogue, Rule
from eaa.domain.errors import InvalidRequest
from eaa.domain.kind import Kind
from eaa.domain.model import MILLION, Capability, Deadlines, Dialect, Locality, Model, Prices, Provider, Tier
from eaa.domain.role import RoleName

Count = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Dollars = Annotated[float, msgspec.Meta(ge=0)]
Shares = dict[str, str]


class _Deadlines(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    connect_s: Seconds = 10.0
    first_byte_s: Seconds = 60.0
    idle_s: Seconds = 60.0
    total_s: Seconds = 600.0


class _Provider(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    dialect: Dialect | None = None
    base_url: str | None = None
    key_env: str | None = None
    key_command: tuple[str, ...] = ()
    headers: Shares = {}
    query: Shares = {}
    options: Shares = {}
    ca_file: str | None = None
    proxy: str | None = None
    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    parallel_requests: Count = 64
    parallel_requests_per_organisation: Count | None = None
    deadlines: _Deadlines = _Deadlines()


class _Model(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    provider: str
    name: str
    context_tokens: Count
    max_output_tokens: Count
    capabilities: frozenset[Capability] = frozenset({Capability.CHAT})
    input_usd_per_million: Dollars | None = None
    output_usd_per_million: Dollars | None = None
    cached_input_usd_per_million: Dollars | None = None
    cache_write_usd_per_million: Dollars | None = None
    tier: Tier = Tier.MEDIUM
    locality: Locality = Locality.CLOUD
    domains: frozenset[str] = frozenset()
    typical_latency_s: Seconds | None = None
    vocabulary: Annotated[str, msgspec.Meta(min_length=1)] | None = None


class _Rule(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    prefer: tuple[str, ...] = ()
    tier: Tier | None = None
    roles: frozenset[RoleName] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    sizes: frozenset[Tier] = frozenset()


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    default: str | None = None
    providers: dict[str, _Provider] = {}
    models: dict[str, _Model] = {}
    rules: tuple[_Rule, ...] = ()


def read_models_file(path: Path) -> Catalogue | None:
    """Return what the file says, or None when there is no such file.

    Raises:
        InvalidRequest: It cannot be read, is not TOML, or says something that cannot be; the message names the place.
    """
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except FileNotFoundError:
        return None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path} cannot be used: {error}", hint="Mend the file, or move it away.") from error
    try:
        return _catalogue(msgspec.convert(values, _File), path.parent)
    except msgspec.ValidationError as error:
        raise InvalidRequest(
            f"{path} says something that cannot be: {error}",
            hint="docs/models.md shows each field; `$` in the message stands for the file.",
        ) from error


def _catalogue(file: _File, folder: Path) -> Catalogue:
    named = {model.provider for model in file.models.values()}
    described = {name: _provider(name, provider) for name, provider in file.providers.items()}
    # A provider that everybody knows need not be described.
    known = {name: house for name, house in HOUSES.items() if name in named}
    return Catalogue(
        models=tuple(_model(name, model, folder) for name, model in file.models.items()),
        providers=MappingProxyType(known | described),
        rules=tuple(
            Rule(prefer=rule.prefer, tier=rule.tier, roles=rule.roles, kinds=rule.kinds, sizes=rule.sizes)
            for rule in file.rules
        ),
        default=file.default,
    )


def _provider(name: str, said: _Provider) -> Provider:
    house = HOUSES.get(name)
    dialect = said.dialect or (house.dialect if house is not None else None)
    base_url = said.base_url or (house.base_url if house is not None else None)
    if dialect is None or base_url is None:
        raise InvalidRequest(
            f"provider {name} needs a dialect and a base_url",
            hint=f"Dialects: {', '.join(Dialect)}. Known without them: {', '.join(HOUSES)}.",
        )
    return Provider(
        name=name,
        dialect=dialect,
        base_url=base_url.rstrip("/"),
        key_environment=said.key_env or (None if said.key_command or house is None else house.key_environment),
        key_command=said.key_command,
        headers=tuple(said.headers.items()),
        query=tuple(said.query.items()),
        options=tuple(said.options.items()),
        ca_file=said.ca_file,
        proxy=said.proxy,
        requests_per_minute=said.requests_per_minute,
        tokens_per_minute=said.tokens_per_minute,
        parallel_requests=said.parallel_requests,
        parallel_requests_per_organisation=said.parallel_requests_per_organisation,
        deadlines=Deadlines(
            connect_s=said.deadlines.connect_s,
            first_byte_s=said.deadlines.first_byte_s,
            idle_s=said.deadlines.idle_s,
            total_s=said.deadlines.total_s,
        ),
    )


def _model(name: str, said: _Model, folder: Path) -> Model:
    if said.max_output_tokens > said.context_tokens:
        raise InvalidRequest(
            f"model {name} answers with more tokens than its context holds",
            hint="context_tokens counts prompt and answer together.",
        )
    is_embedding = Capability.EMBEDDINGS in said.capabilities
    return Model(
        name=name,
        provider=said.provider,
        wire_name=said.name,
        context_tokens=said.context_tokens,
        max_output_tokens=said.max_output_tokens,
        capabilities=said.capabilities if is_embedding else said.capabilities | {Capability.CHAT},
        prices=_prices(name, said),
        tier=said.tier,
        locality=said.locality,
        domains=said.domains,
        typical_latency_s=said.typical_latency_s,
        vocabulary=None if said.vocabulary is None else str(folder / Path(said.vocabulary).expanduser()),
    )


def _prices(name: str, said: _Model) -> Prices | None:
    if said.input_usd_per_million is None and said.output_usd_per_million is None:
        return None
    if said.input_usd_per_million is None or said.output_usd_per_million is None:
        raise InvalidRequest(
            f"model {name} has half a price",
            hint="Give input_usd_per_million and output_usd_per_million, or neither.",
        )
    return Prices(
        input_microusd=_microusd(said.input_usd_per_million),
        output_microusd=_microusd(said.output_usd_per_million),
        cached_input_microusd=_maybe_microusd(said.cached_input_usd_per_million),
        cache_write_microusd=_maybe_microusd(said.cache_write_usd_per_million),
    )


def _maybe_microusd(dollars: float | None) -> int | None:
    return None if dollars is None else _microusd(dollars)


def _microusd(dollars: float) -> int:
    # Exact for what was written, and a price below what we can count is rounded up, never to "free".
    return int((Decimal(str(dollars)) * MILLION).to_integral_value(rounding=ROUND_CEILING))
