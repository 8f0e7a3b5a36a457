"""The effects ledger, inside a transaction of the store."""

from collections.abc import Collection
from typing import Protocol

from eaa.domain.effect import Effect, EffectKind, EffectState
from eaa.domain.ids import EffectId, OrganisationId, RunId


class Effects(Protocol):
    """Keeps every intended and confirmed write to the outside."""

    async def intend(self, effect: Effect) -> Effect:
        """Record an intent and return it; when (run, kind, marker) is there already, return that one unchanged."""
        ...

    async def update(self, effect: Effect) -> None:
        """Replace state, receipt and `updated_at` of a recorded effect.

        A confirmed effect never changes again: updating it does nothing when nothing differs.

        Raises:
            ValueError: The effect is confirmed and the update differs.
        """
        ...

    async def find(self, run_id: RunId, kind: EffectKind, marker: str) -> Effect | None:
        """Return the recorded effect, or None."""
        ...

    async def get(self, effect_id: EffectId) -> Effect:
        """Return the effect with this id.

        Raises:
            EffectNotFound: There is none.
        """
        ...

    async def newest(
        self, organisation_id: OrganisationId, *, states: Collection[EffectState], limit: int
    ) -> tuple[Effect, ...]:
        """Return the organisation's effects in one of the states, the newest first."""
        ...

    async def of_run(self, run_id: RunId) -> tuple[Effect, ...]:
        """Return the effects of a run, oldest first; open intents are those still `intended`."""
        ...
