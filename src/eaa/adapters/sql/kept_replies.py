"""Kept replies in a table."""

from datetime import datetime

from sqlalchemy import delete, select
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
        if await insert_new(self._connection, _table, row_of(answer)):
            return None
        return await self.find(answer.organisation_id, answer.key)

    @override
    async def keep(self, answer: KeptReply) -> None:
        await insert_or_replace(self._connection, _table, row_of(answer))

    @override
    async def forget(self, organisation_id: OrganisationId, *, before: datetime) -> int:
        old = delete(_table).where(_table.c.organisation_id == organisation_id, _table.c.created_at < before)
        return len((await self._connection.execute(old.returning(_table.c.key))).all())
