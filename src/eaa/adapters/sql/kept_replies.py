"""Kept replies in a table."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select, update
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_new, insert_or_replace
from eaa.adapters.sql.rows import row_of
from eaa.domain.ids import OrganisationId
from eaa.domain.kept_reply import KeptReply
from eaa.ports.kept_replies import KeptReplies

_table = schema.kept_replies


class SqlKeptReplies(KeptReplies):
    """The kept replies of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def find(self, organisation_id: OrganisationId, key: str) -> KeptReply | None:
        kept = select(_table).where(_table.c.organisation_id == organisation_id, _table.c.key == key)
        row = (await self._connection.execute(kept)).mappings().first()
        return None if row is None else KeptReply(**row)

    @override
    async def claim(self, answer: KeptReply) -> KeptReply | None:
        while not await insert_new(self._connection, _table, row_of(answer)):
            there = await self.find(answer.organisation_id, answer.key)
            if there is not None:
                return there
            # It was taken out between the two.
        return None

    @override
    async def keep(self, answer: KeptReply) -> None:
        await insert_or_replace(self._connection, _table, row_of(answer))

    @override
    async def replace(self, seen: KeptReply, by: KeptReply) -> bool:
        replaced = update(_table).where(_is(seen)).values(row_of(by)).returning(_table.c.key)
        return (await self._connection.execute(replaced)).first() is not None

    @override
    async def remove(self, seen: KeptReply) -> bool:
        removed = delete(_table).where(_is(seen)).returning(_table.c.key)
        return (await self._connection.execute(removed)).first() is not None

    @override
    async def forget(self, organisation_id: OrganisationId, *, before: datetime) -> int:
        old = delete(_table).where(_table.c.organisation_id == organisation_id, _table.c.created_at < before)
        return len((await self._connection.execute(old.returning(_table.c.key))).all())


def _is(seen: KeptReply) -> ColumnElement[bool]:
    return and_(*(_table.c[name] == value for name, value in row_of(seen).items()))
