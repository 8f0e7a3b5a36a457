"""Whose turn it is to do what is done from time to time, inside a transaction of the store."""

from datetime import datetime, timedelta
from typing import Protocol


class Schedules(Protocol):
    """Gives each turn of a job to one process."""

    async def take_turn(self, job: str, *, every: timedelta, now: datetime) -> bool:
        """Take a job's turn, if its last one is so long ago; False while it is not, and for everybody else."""
        ...

    async def last(self, job: str) -> datetime | None:
        """Return when a job's last turn was, None when it never had one."""
        ...
