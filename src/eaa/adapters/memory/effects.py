"""The effects ledger in a dictionary."""

from collections.abc import Collection
from dataclasses import replace

from typing_extensions import override

from eaa.domain.effect import Effect, EffectKind, EffectState
from eaa.domain.errors import EffectNotFound
from eaa.domain.ids import EffectId, OrganisationId, RunId
from eaa.ports.effects import Effects


class MemoryEffects(Effects):
    """The ledger of one transaction."""

    def __init__(self, effects: dict[EffectId, Effect]) -> None:
        self._effects = effects

    @override
    async def intend(self, effect: Effect) -> Effect:
        known = await self.find(effect.run_id, effect.kind, effect.marker)
        if known is None:
            self._effects[effect.id] = effect
        return known or effect

    @override
    async def update(self, effect: Effect) -> None:
        stored = self._effects.get(effect.id)
        if stored is None:
            raise ValueError(f"no effect is called {effect.id}")
        changed = replace(stored, state=effect.state, receipt=effect.receipt, updated_at=effect.updated_at)
        if stored.state is EffectState.CONFIRMED and changed != stored:
            raise ValueError(f"effect {effect.id} is confirmed and never changes again")
        self._effects[effect.id] = changed

    @override
    async def find(self, run_id: RunId, kind: EffectKind, marker: str) -> Effect | None:
        wanted = (run_id, kind, marker)
        found = (effect for effect in self._effects.values() if (effect.run_id, effect.kind, effect.marker) == wanted)
        return next(found, None)

    @override
    async def get(self, effect_id: EffectId) -> Effect:
        try:
            return self._effects[effect_id]
        except KeyError:
            raise EffectNotFound(effect_id=effect_id) from None

    @override
    async def newest(
        self, organisation_id: OrganisationId, *, states: Collection[EffectState], limit: int
    ) -> tuple[Effect, ...]:
        ours = [effect for effect in self._effects.values() if effect.organisation_id == organisation_id]
        wanted = [effect for effect in ours if effect.state in states]
        return tuple(sorted(wanted, key=lambda effect: effect.id, reverse=True)[:limit])

    @override
    async def of_run(self, run_id: RunId) -> tuple[Effect, ...]:
        effects = [effect for effect in self._effects.values() if effect.run_id == run_id]
        return tuple(sorted(effects, key=lambda effect: (effect.created_at, effect.id)))
