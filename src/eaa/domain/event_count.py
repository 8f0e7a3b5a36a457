"""How often something happened on a day."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class EventCount:
    """Events of one type on one UTC day."""

    day: date
    type: str
    count: int
