"""Limits a minute shared by everybody in this process."""

from dataclasses import dataclass

from typing_extensions import override

from eaa.ports.rates import Limits, Rates, Taken

_MINUTE_S = 60.0
_ROUNDING = 1e-6


@dataclass(slots=True)
class _Left:
    requests: float | None
    tokens: float | None
    at_s: float


class MemoryRates(Rates):
    """Forgets everything when the process ends."""

    def __init__(self) -> None:
        self._left: dict[str, _Left] = {}

    @override
    async def take(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> Taken | None:
        left = self._refilled(key, limits, now_s)
        wanted = min(tokens, limits.tokens_per_minute or 0)
        has_request = left.requests is None or left.requests >= 1 - _ROUNDING
        is_taken = has_request and (left.tokens is None or left.tokens >= wanted - _ROUNDING)
        if is_taken:
            left.requests = None if left.requests is None else left.requests - 1
            left.tokens = None if left.tokens is None else left.tokens - wanted
        return Taken(is_taken, left.requests, left.tokens)

    @override
    async def settle(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> None:
        left = self._refilled(key, limits, now_s)
        if left.tokens is not None and limits.tokens_per_minute is not None:
            left.tokens = min(limits.tokens_per_minute, left.tokens - min(tokens, limits.tokens_per_minute))

    def _refilled(self, key: str, limits: Limits, now_s: float) -> _Left:
        left = self._left.get(key) or _Left(None, None, now_s)
        passed_s = max(now_s - left.at_s, 0.0)
        self._left[key] = _Left(
            _level(left.requests, limits.requests_per_minute, passed_s),
            _level(left.tokens, limits.tokens_per_minute, passed_s),
            max(now_s, left.at_s),
        )
        return self._left[key]


def _level(before: float | None, limit: int | None, passed_s: float) -> float | None:
    if limit is None:
        return None
    return limit if before is None else min(limit, before + passed_s * limit / _MINUTE_S)
