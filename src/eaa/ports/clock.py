"""Time, so that a run can be replayed."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the current time, aware and in UTC, never earlier than the last answer."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds since some fixed moment, for measuring durations."""
        ...
