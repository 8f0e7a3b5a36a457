"""The effects ledger, inside a transaction of the store."""

from typing import Protocol

from eaa.domain.effect import Effect, EffectKind
from eaa.domain.ids import RunId


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

    async def of_run(self, run_id: RunId) -> tuple[Effect, ...]:
        """Return the effects of a run, oldest first; open intents are those still `intended`."""
        ...
