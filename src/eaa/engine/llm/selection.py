"""Which models may take an ask, and in which order they are tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from eaa.domain.ask import Ask
from eaa.domain.catalogue import CHAT_NEEDS, TIER_ORDER, Catalogue
from eaa.domain.completion import Image
from eaa.domain.model import Capability, Locality, Model, Sensitivity, Tier
from eaa.domain.model_errors import NoModel
from eaa.engine.llm.costs import worst_amount
from eaa.engine.llm.prompt_size import PromptSize
from eaa.engine.llm.tokens import TokenEstimator

LEAST_OUTPUT_TOKENS = 256
"""An answer shorter than this is seldom of use: a model that cannot give it is passed over."""
_UNKNOWN_PRICE_MICROUSD = 1 << 60


@dataclass(frozen=True, slots=True)
class Choice:
    """The models that may take an ask, the best first, and why others may not."""

    models: tuple[Model, ...]
    passed_over: tuple[tuple[str, str], ...]
    """(model, reason), in the catalogue's order."""
    because: str
    """Why the first one is first."""


SIZE_STEP_TOKENS = 256
"""Prompts that differ by less share a choice: estimates are not that good."""
MOST_CHOICES = 2048
_NO_COUNTS: Mapping[str, int] = MappingProxyType({})


@dataclass(slots=True)
class Choices:
    """Choices from one catalogue, each made once for all asks that want the same and are about as long."""

    catalogue: Catalogue
    tokens: TokenEstimator = field(default_factory=TokenEstimator)
    _made: dict[tuple[object, ...], Choice] = field(default_factory=dict)

    def choose(self, ask: Ask, size: PromptSize) -> Choice:
        """Return who may answer, as `choose` does, the prompt's length rounded up to the next step.

        Raises:
            NoModel: As in `choose`, for the length as it is.
        """
        tokens, counted = self.tokens.tokens_for(size, model=ask.model or ""), self._counted(ask, size)
        if ask.max_cost_microusd is not None:
            return choose(ask, self.catalogue, prompt_tokens=tokens, counted=counted)
        rounded, rounded_counted = _rounded(tokens), {name: _rounded(one) for name, one in counted.items()}
        request = ask.request
        wanted = (
            rounded,
            tuple(rounded_counted.items()),
            ask.model,
            ask.is_pinned,
            ask.role,
            ask.kind,
            ask.size,
            ask.domain,
            ask.needs,
            ask.sensitivity,
            ask.max_latency_s,
            request.max_output_tokens,
            bool(request.tools),
            size.has_images,
        )
        choice = self._made.get(wanted)
        if choice is None:
            try:
                choice = choose(ask, self.catalogue, prompt_tokens=rounded, counted=rounded_counted)
            except NoModel:
                choice = choose(ask, self.catalogue, prompt_tokens=tokens, counted=counted)
            if len(self._made) >= MOST_CHOICES:
                self._made.clear()
            self._made[wanted] = choice
        return choice

    def _counted(self, ask: Ask, size: PromptSize) -> Mapping[str, int]:
        """Return the tokens for each model that counts exactly and may take the ask."""
        if not self.tokens.exact.vocabulary_of:
            return _NO_COUNTS
        return {
            model.name: self.tokens.tokens_for(size, model=model.name)
            for model in self.catalogue.models
            if self.tokens.counts_exactly(model.name) and (not ask.is_pinned or model.name == ask.model)
        }


def _rounded(tokens: int) -> int:
    return -(-tokens // SIZE_STEP_TOKENS) * SIZE_STEP_TOKENS


def choose(ask: Ask, catalogue: Catalogue, *, prompt_tokens: int, counted: Mapping[str, int] = _NO_COUNTS) -> Choice:
    """Return who may answer. Nothing here knows who is out of order; that changes from moment to moment.

    Args:
        ask: The work.
        catalogue: Models and rules.
        prompt_tokens: How long the prompt is, an estimate.
        counted: How long it is for models that count exactly, by name.

    Raises:
        NoModel: The ask names a model that is not in the catalogue, or none may take it.
    """
    if ask.model is not None and ask.model not in catalogue.by_name:
        known = ", ".join(catalogue.by_name) or "none"
        raise NoModel(f"no model is called {ask.model!r}", hint=f"Models are: {known}.")
    needs = needs_of(ask)
    fitting: list[Model] = []
    passed_over: list[tuple[str, str]] = []
    for model in catalogue.models:
        reason = _objection(model, ask, needs, counted.get(model.name, prompt_tokens))
        if reason is None:
            fitting.append(model)
        else:
            passed_over.append((model.name, reason))
    if not fitting:
        raise NoModel(_refusal(ask, catalogue), reasons=tuple(passed_over))
    ranked, because = _ranked(fitting, ask, catalogue, prompt_tokens, counted)
    return Choice(models=tuple(ranked), passed_over=tuple(passed_over), because=because)


def needs_of(ask: Ask) -> frozenset[Capability]:
    """Return what a model must be able to do for this ask."""
    request = ask.request
    needs = set(ask.needs if Capability.EMBEDDINGS in ask.needs else CHAT_NEEDS | ask.needs)
    if request.tools:
        needs.add(Capability.TOOLS)
    if any(isinstance(part, Image) for message in request.messages for part in message.parts):
        needs.add(Capability.IMAGES)
    return frozenset(needs)


def _objection(model: Model, ask: Ask, needs: frozenset[Capability], prompt_tokens: int) -> str | None:
    """Return why a model may not take an ask, or None."""
    if ask.is_pinned and ask.model is not None and model.name != ask.model:
        return f"the ask is pinned to {ask.model}"
    if ask.sensitivity is Sensitivity.SENSITIVE and model.locality is not Locality.ON_PREMISE:
        return "the work is sensitive and the model runs in a cloud"
    missing = needs - model.capabilities
    if missing:
        return f"it has no {', '.join(sorted(missing))}"
    room_tokens = model.context_tokens - prompt_tokens
    least = min(ask.request.max_output_tokens or LEAST_OUTPUT_TOKENS, LEAST_OUTPUT_TOKENS)
    if room_tokens < least:
        return f"about {prompt_tokens} tokens of prompt leave no room in {model.context_tokens}"
    if ask.max_latency_s is not None and (model.typical_latency_s or 0.0) > ask.max_latency_s:
        return f"it usually takes {model.typical_latency_s:g} s, and {ask.max_latency_s:g} s are allowed"
    if ask.max_cost_microusd is not None:
        if model.prices is None:
            return "its price is not known, and the ask has a highest price"
        lowest = worst_amount(model, prompt_tokens=prompt_tokens, output_tokens=least).cost_microusd
        if lowest > ask.max_cost_microusd:
            return f"even a short answer costs {lowest} micro-dollars, and {ask.max_cost_microusd} are allowed"
    return None


def _refusal(ask: Ask, catalogue: Catalogue) -> str:
    if not catalogue.models:
        return "no model is configured"
    if ask.sensitivity is Sensitivity.SENSITIVE:
        return "the work is sensitive and no on-premise model can take it; it does not go to a cloud"
    return "no configured model can take this work"


def _ranked(
    fitting: list[Model], ask: Ask, catalogue: Catalogue, prompt_tokens: int, counted: Mapping[str, int]
) -> tuple[list[Model], str]:
    rule = catalogue.rule_for(role=ask.role, kind=ask.kind, size=ask.size)
    preferred = list(rule.prefer) if rule is not None else []
    wanted_tier = ask.size or (rule.tier if rule is not None else None)
    output_tokens = ask.request.max_output_tokens or LEAST_OUTPUT_TOKENS

    def key(model: Model) -> tuple[int, int, int, int, int, int]:
        return (
            0 if model.name == ask.model else 1,
            0 if ask.domain is not None and ask.domain in model.domains else 1,
            preferred.index(model.name) if model.name in preferred else len(preferred),
            0 if model.name == catalogue.default else 1,
            _tier_distance(model.tier, wanted_tier),
            _price(model, counted.get(model.name, prompt_tokens), output_tokens) if wanted_tier is not None else 0,
        )

    ranked = sorted(fitting, key=key)
    return ranked, _why_first(ranked[0], ask, preferred, catalogue, wanted_tier)


def _tier_distance(tier: Tier, wanted: Tier | None) -> int:
    """Return 0 for the tier that is wanted; stronger ones come before weaker ones."""
    if wanted is None:
        return 0
    steps = TIER_ORDER[tier] - TIER_ORDER[wanted]
    return steps if steps >= 0 else len(TIER_ORDER) - steps


def _price(model: Model, prompt_tokens: int, output_tokens: int) -> int:
    if model.prices is None:
        return _UNKNOWN_PRICE_MICROUSD
    return worst_amount(model, prompt_tokens=prompt_tokens, output_tokens=output_tokens).cost_microusd


def _why_first(first: Model, ask: Ask, preferred: list[str], catalogue: Catalogue, wanted: Tier | None) -> str:
    if first.name == ask.model:
        return "the ask names it"
    if ask.domain is not None and ask.domain in first.domains:
        return f"it is tuned for {ask.domain}"
    if first.name in preferred:
        return "a rule prefers it"
    if first.name == catalogue.default:
        return "it is the default"
    if wanted is not None:
        return f"it is the cheapest of the tier nearest to {wanted}"
    return "it comes first in models.toml"
