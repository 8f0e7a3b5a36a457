"""Ids that are the same in every run of a test."""

from itertools import count

from typing_extensions import override

from eaa.kit.ulid import encode_ulid
from eaa.ports.ids import Ids

_START_MS = 1_767_225_600_000  # 2026-01-01


class MemoryIds(Ids):
    """Counts."""

    def __init__(self) -> None:
        self._numbers = count(1)

    @override
    def new(self, prefix: str) -> str:
        randomness = next(self._numbers).to_bytes(10, "big")
        return f"{prefix}_{encode_ulid(milliseconds=_START_MS, randomness=randomness)}"
