"""Limits a minute that all share, unless somebody has switched the sharing off."""

from dataclasses import dataclass

from typing_extensions import override

from eaa.domain.toggle import Toggle
from eaa.ports.rates import Limits, Rates, Taken
from eaa.ports.toggles import Toggles


@dataclass(frozen=True, slots=True)
class SwitchedRates(Rates):
    """Switched off, it answers like one that is away: whoever asks falls back to limits of its own."""

    shared: Rates
    toggles: Toggles

    @override
    async def take(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> Taken | None:
        if not self.toggles.is_on(Toggle.SHARED_LIMITS):
            return None
        return await self.shared.take(key, limits, tokens=tokens, now_s=now_s)

    @override
    async def settle(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> None:
        if self.toggles.is_on(Toggle.SHARED_LIMITS):
            await self.shared.settle(key, limits, tokens=tokens, now_s=now_s)
