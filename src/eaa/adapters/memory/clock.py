"""A clock that only a test moves."""

from datetime import UTC, datetime, timedelta

from typing_extensions import override

from eaa.ports.clock import Clock

START = datetime(2026, 1, 1, tzinfo=UTC)
"""What a new clock shows."""


class MemoryClock(Clock):
    """Stands still until it is advanced."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._now = start

    def advance(self, seconds: float) -> None:
        """Move the time forward; `seconds` is not negative."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._now += timedelta(seconds=seconds)

    @override
    def now(self) -> datetime:
        return self._now

    @override
    def monotonic_s(self) -> float:
        return (self._now - self._start).total_seconds()
