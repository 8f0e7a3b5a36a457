"""A process that works on runs or on calls of a role, and whether it still does."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FROZEN_AFTER = timedelta(seconds=10)
"""Without a heartbeat for so long a process counts as gone, even while its lock is still held."""


@dataclass(frozen=True, slots=True)
class Executor:
    """The holder of a slot, as it last told of itself."""

    slot: str
    """`dispatcher-0`, `role-pm-1`: unique among live processes."""
    host: str
    process_id: int
    started_at: datetime
    beat_at: datetime
    """When it last said that it is alive, by the database's clock."""
    is_draining: bool = False
    """Whether it takes nothing new any more."""
