"""Ids from time and randomness."""

import os
import threading
import time

from typing_extensions import override

from eaa.kit.ulid import ulid_text
from eaa.ports.ids import Ids

_RANDOM_BITS = 80


class UlidIds(Ids):
    """Makes monotonic ULIDs. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    @override
    def new(self, prefix: str) -> str:
        fresh = time.time_ns() // 1_000_000 << _RANDOM_BITS | int.from_bytes(os.urandom(_RANDOM_BITS // 8), "big")
        with self._lock:
            # Counting up from the last one keeps the order within a millisecond and when the clock is set back.
            self._last = number = max(fresh, self._last + 1)
        return f"{prefix}_{ulid_text(number)}"
