"""The machine's clock."""

import time
from datetime import UTC, datetime

from typing_extensions import override

from eaa.ports.clock import Clock


class SystemClock(Clock):
    """Reads the machine's clock; when that is set back, the last answer is given again until it has caught up."""

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=UTC)

    @override
    def now(self) -> datetime:
        now = datetime.now(UTC)
        if now > self._last:
            self._last = now
        return self._last

    @override
    def monotonic_s(self) -> float:
        return time.monotonic()
