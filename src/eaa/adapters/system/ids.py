"""Ids from time and randomness."""

import secrets
import threading
import time

from typing_extensions import override

from eaa.kit.ulid import encode_ulid
from eaa.ports.ids import Ids

_RANDOM_BITS = 80


class UlidIds(Ids):
    """Makes monotonic ULIDs. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    @override
    def new(self, prefix: str) -> str:
        fresh = time.time_ns() // 1_000_000 << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        with self._lock:
            # Counting up from the last one keeps the order within a millisecond and when the clock is set back.
            self._last = max(fresh, self._last + 1)
            number = self._last
        randomness = (number & (1 << _RANDOM_BITS) - 1).to_bytes(_RANDOM_BITS // 8, "big")
        return f"{prefix}_{encode_ulid(milliseconds=number >> _RANDOM_BITS, randomness=randomness)}"
