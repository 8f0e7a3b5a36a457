"""Limits a minute that hold in each process alone while nobody shares them."""

from dataclasses import dataclass

from typing_extensions import override

from eaa.ports.rates import Limits, Rates, Taken


@dataclass(frozen=True, slots=True)
class LocalWhenAway(Rates):
    """Takes from what all share; while that is away each process has the whole limit for itself, and never none."""

    shared: Rates
    own: Rates

    @override
    async def take(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> Taken | None:
        taken = await self.shared.take(key, limits, tokens=tokens, now_s=now_s)
        return taken if taken is not None else await self.own.take(key, limits, tokens=tokens, now_s=now_s)

    @override
    async def settle(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> None:
        await self.shared.settle(key, limits, tokens=tokens, now_s=now_s)
