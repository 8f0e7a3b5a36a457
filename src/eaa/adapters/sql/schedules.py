"""Turns in a table."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_new
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.ports.schedules import Schedules

_table = schema.schedules


class SqlSchedules(Schedules):
    """The turns of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def take_turn(self, job: str, *, every: timedelta, now: datetime) -> bool:
        first = {"organisation_id": DEFAULT_ORGANISATION, "job": job, "last_at": now}
        if await insert_new(self._connection, _table, first):
            return True
        due = update(_table).where(_table.c.job == job, _table.c.last_at <= now - every)
        return (await self._connection.execute(due.values(last_at=now).returning(_table.c.job))).first() is not None

    @override
    async def last(self, job: str) -> datetime | None:
        turn = select(_table.c.last_at).where(_table.c.job == job)
        return (await self._connection.execute(turn)).scalar_one_or_none()
