"""Counts of events in a table."""

from datetime import date

from sqlalchemy import delete, select, update
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_once
from eaa.domain.event_count import EventCount
from eaa.domain.ids import OrganisationId
from eaa.ports.event_counts import EventCounts

_table = schema.event_counts


class SqlEventCounts(EventCounts):
    """The counts of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def add(self, organisation_id: OrganisationId, *, day: date, event_type: str) -> None:
        key = {"organisation_id": organisation_id, "day": day, "type": event_type}
        await insert_once(self._connection, _table, {**key, "count": 0})
        same = [_table.c[name] == value for name, value in key.items()]
        await self._connection.execute(update(_table).where(*same).values(count=_table.c["count"] + 1))

    @override
    async def since(self, organisation_id: OrganisationId, day: date) -> tuple[EventCount, ...]:
        ours = select(_table).where(_table.c.organisation_id == organisation_id, _table.c.day >= day)
        found = await self._connection.execute(ours.order_by(_table.c.day, _table.c.type))
        return tuple(EventCount(row["day"], row["type"], row["count"]) for row in found.mappings())

    @override
    async def forget(self, *, since: date) -> None:
        await self._connection.execute(delete(_table).where(_table.c.day >= since))
