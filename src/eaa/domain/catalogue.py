"""The models of an installation and the rules by which one is chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from eaa.domain.errors import InvalidRequest
from eaa.domain.kind import Kind
from eaa.domain.model import Capability, Model, Provider, Tier
from eaa.domain.role import RoleName


@dataclass(frozen=True, slots=True)
class Rule:
    """Which models come first for some work. A condition that is left open holds for everything."""

    prefer: tuple[str, ...] = ()
    """Names of models, the best first."""
    tier: Tier | None = None
    """The weakest tier that will do; used where no name is preferred."""
    roles: frozenset[RoleName] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    sizes: frozenset[Tier] = frozenset()

    def holds(self, *, role: RoleName | None, kind: Kind | None, size: Tier | None) -> bool:
        """Return whether the rule speaks of this work."""
        return (
            (not self.roles or role in self.roles)
            and (not self.kinds or kind in self.kinds)
            and (not self.sizes or size in self.sizes)
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What `models.toml` says, checked."""

    models: tuple[Model, ...]
    """In the order of the file, which is the order of preference where nothing else decides."""
    providers: Mapping[str, Provider]
    rules: tuple[Rule, ...] = ()
    """The first one that holds decides."""
    default: str | None = None
    """The model that is tried first where no rule holds."""
    by_name: Mapping[str, Model] = field(init=False)

    def __post_init__(self) -> None:
        names = MappingProxyType({model.name: model for model in self.models})
        object.__setattr__(self, "by_name", names)
        if len(names) != len(self.models):
            raise InvalidRequest("two models have the same name", hint="Give each model of models.toml its own name.")
        for model in self.models:
            if model.provider not in self.providers:
                raise InvalidRequest(
                    f"model {model.name} names the provider {model.provider!r}, which is not described",
                    hint=f"Add [providers.{model.provider}] to models.toml.",
                )
        for name in {name for rule in self.rules for name in rule.prefer} | ({self.default} if self.default else set()):
            if name not in names:
                raise InvalidRequest(
                    f"a rule prefers the model {name!r}, which is not described",
                    hint=f"Models are: {', '.join(names) or 'none'}.",
                )

    def provider_of(self, model: Model) -> Provider:
        """Return who serves a model."""
        return self.providers[model.provider]

    def rule_for(self, *, role: RoleName | None, kind: Kind | None, size: Tier | None) -> Rule | None:
        """Return the first rule that holds, or None."""
        return next((rule for rule in self.rules if rule.holds(role=role, kind=kind, size=size)), None)


TIER_ORDER: Mapping[Tier, int] = MappingProxyType({Tier.SMALL: 0, Tier.MEDIUM: 1, Tier.LARGE: 2})

CHAT_NEEDS = frozenset({Capability.CHAT})
