"""Turns in a dictionary."""

from datetime import datetime, timedelta

from typing_extensions import override

from eaa.ports.schedules import Schedules


class MemorySchedules(Schedules):
    """The turns of one transaction."""

    def __init__(self, turns: dict[str, datetime]) -> None:
        self._turns = turns

    @override
    async def take_turn(self, job: str, *, every: timedelta, now: datetime) -> bool:
        last = self._turns.get(job)
        if last is not None and last > now - every:
            return False
        self._turns[job] = now
        return True

    @override
    async def last(self, job: str) -> datetime | None:
        return self._turns.get(job)
