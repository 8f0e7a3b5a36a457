"""The order in which one ask tries models and keys, round after round."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from eaa.domain.model import Model, Provider
from eaa.domain.model_errors import KeyRefused, ModelFault
from eaa.domain.secret import Secret
from eaa.engine.llm.backoff import backoff_s
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.health import key_subject, model_subject
from eaa.engine.llm.prompt_size import PromptSize
from eaa.engine.llm.rates import SHORT_WAIT_S
from eaa.engine.llm.reactions import Cools, RulesOut, reaction_to
from eaa.ports.models import Route

RATES = "rate limits"
"""Why a model rests that does not cool: its provider's limits a minute, or another caller finds out if it works."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A model and a key that may be tried now."""

    route: Route
    key_name: str
    """Cooldown subject of the key."""
    wait_s: float = 0.0
    """How long the provider's limits a minute will make the call wait, about."""


@dataclass(slots=True)
class Course:
    """Gives out turns until one works or nothing is left to try. One an ask."""

    desk: LlmDesk
    candidates: Sequence[Model]
    size: PromptSize | None = None
    output_tokens: int = 0
    """With the prompt's, what a call needs of limits a minute, about."""
    run: str = ""
    """Whose turn it is where calls queue."""
    is_batch: bool = False
    deadline_s: float = math.inf
    """On the monotonic clock."""
    keyless: list[KeyRefused] = field(default_factory=list)
    """Models passed over since the place where their key should be holds none."""
    _tried: set[tuple[str, str]] = field(default_factory=set)
    """(model, key) of this round."""
    _refreshed: set[str] = field(default_factory=set)
    """Providers whose keys were looked up again for this ask."""
    _round: int = 0

    @property
    def is_over(self) -> bool:
        """Whether no model is left that could ever take this ask."""
        return not self.candidates

    async def next_turn(self) -> Turn | None:
        """Return what to try now, or None when everything is tried in this round or cooling."""
        now_s = self.desk.now_s()
        later: Turn | None = None
        for model in self.candidates:
            subject = model_subject(model.name)
            if self.desk.health.waits_s((subject,), now_s) > 0:
                continue
            turn = await self._with_a_key(model, now_s)
            if turn is None:
                continue
            if turn.wait_s > SHORT_WAIT_S:
                later = turn if later is None or turn.wait_s < later.wait_s else later
            elif self.desk.health.may_try(subject, now_s):
                return turn
        if later is None or not self._is_in_time(later):
            return None
        return later if self.desk.health.may_try(model_subject(later.route.model.name), now_s) else None

    async def _with_a_key(self, model: Model, now_s: float) -> Turn | None:
        provider = self.desk.catalogue.provider_of(model)
        try:
            keys = await self._keys(provider)
        except KeyRefused as fault:
            fault.model = model.name
            self.keyless.append(fault)
            self.rule_out(model)
            return None
        best: Turn | None = None
        for key, name in keys:
            if (model.name, name) in self._tried or self.desk.health.waits_s((name,), now_s) > 0:
                continue
            wait_s = self._wait_s(model, provider, name)
            if best is None or wait_s < best.wait_s:
                route = Route(model=model, provider=provider, key=key, deadlines=provider.deadlines)
                best = Turn(route, name, wait_s)
            if wait_s == 0:
                break
        return best

    def _wait_s(self, model: Model, provider: Provider, key_name: str) -> float:
        """Return how long the limits of a key would make this call wait."""
        rates = self.desk.rates
        if rates.is_free(key_name, provider):
            return 0.0
        prompt_tokens = 0 if self.size is None else self.desk.tokens.tokens_for(self.size, model=model.name)
        tokens = prompt_tokens + self.output_tokens
        return rates.wait_s(
            key_name,
            provider,
            tokens=tokens,
            run=self.run,
            is_batch=self.is_batch,
            now_s=self.desk.clock.monotonic_s(),
        )

    def _is_in_time(self, turn: Turn) -> bool:
        return self.desk.clock.monotonic_s() + turn.wait_s <= self.deadline_s

    async def _keys(self, provider: Provider) -> list[tuple[Secret | None, str]]:
        """Return the keys of a provider with their cooldown subjects; one without a key when it needs none."""
        keys: tuple[Secret | None, ...] = await self.desk.keys.keys(provider) or (None,)
        return [(key, key_subject(provider.name, key.fingerprint if key is not None else "")) for key in keys]

    async def failed(self, turn: Turn, fault: ModelFault) -> None:
        """Draw the consequences of a failed try."""
        model = turn.route.model
        now_s = self.desk.now_s()
        reaction = reaction_to(fault)
        self._tried.add((model.name, turn.key_name))
        if reaction.cools is not Cools.NOTHING:
            subject = turn.key_name if reaction.cools is Cools.KEY else model_subject(model.name)
            await self.desk.health.cool(subject, fault, now_s=now_s, for_s=reaction.cooldown_s)
        if reaction.counts_for_breaker:
            await self.desk.health.failed(model_subject(model.name), fault, now_s)
        else:
            self.desk.health.gave_up(model_subject(model.name))
        self.candidates = [other for other in self.candidates if not _is_out(other, model, reaction.rules_out)]
        if isinstance(fault, KeyRefused) and turn.route.provider.name not in self._refreshed:
            self._refreshed.add(turn.route.provider.name)
            await self.desk.keys.refresh(turn.route.provider)

    def rule_out(self, model: Model) -> None:
        """Do not try a model for this ask any more."""
        self.desk.health.gave_up(model_subject(model.name))
        self.candidates = [other for other in self.candidates if other.name != model.name]

    async def wait_for_next_round(self, *, patience_s: float) -> bool:
        """Wait until something may be tried again; return False, at once, when that is further off than patience."""
        cooling_s = await self._shortest_cooldown_s()
        wait_s = cooling_s + backoff_s(self._round, random=self.desk.random())
        if cooling_s >= patience_s:
            return False
        self._round += 1
        self._tried.clear()
        await self.desk.sleep(min(wait_s, patience_s))
        return True

    async def _shortest_cooldown_s(self) -> float:
        now_s = self.desk.now_s()
        waits: list[float] = []
        for model in self.candidates:
            provider = self.desk.catalogue.provider_of(model)
            try:
                keys = await self._keys(provider)
            except KeyRefused:  # Its keys are gone since they were tried; the next round rules it out.
                continue
            for _, name in keys:
                cooling_s = self.desk.health.waits_s((model_subject(model.name), name), now_s)
                waits.append(max(cooling_s, self._wait_s(model, provider, name)))
        return min(waits, default=0.0)

    def resting(self) -> tuple[tuple[str, str, float], ...]:
        """Return (model, why, seconds) of what is left alone for the moment, in the order of preference."""
        now_s = self.desk.now_s()
        active = self.desk.health.cooldowns.active(now_s)
        found: list[tuple[str, str, float]] = []
        for model in self.candidates:
            keys = key_subject(model.provider, "").removesuffix("-")
            subjects = [name for name in active if name == model_subject(model.name) or name.startswith(keys)]
            longest = max((active[name] for name in subjects), key=lambda one: one.until_s, default=None)
            if longest is None:
                found.append((model.name, RATES, 0.0))
            else:
                found.append((model.name, longest.because, longest.until_s - now_s))
        return tuple(found)


def _is_out(other: Model, failed: Model, rules_out: RulesOut) -> bool:
    match rules_out:
        case RulesOut.NOTHING:
            return False
        case RulesOut.MODEL:
            return other.name == failed.name
        case RulesOut.PROVIDER:
            return other.provider == failed.provider
        case RulesOut.SHORTER:
            return other.context_tokens <= failed.context_tokens
