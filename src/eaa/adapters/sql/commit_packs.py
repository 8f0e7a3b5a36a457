"""Commit packs in a table."""

from sqlalchemy import select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_once
from eaa.adapters.sql.rows import row_of
from eaa.domain.commit_pack import CommitPack
from eaa.domain.ids import CommitId, RepositoryId, RunId
from eaa.ports.commit_packs import CommitPacks

_table = schema.commit_packs


class SqlCommitPacks(CommitPacks):
    """The packs of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def add(self, pack: CommitPack) -> None:
        await insert_once(self._connection, _table, row_of(pack))

    @override
    async def find(self, repository_id: RepositoryId, commit: CommitId) -> CommitPack | None:
        meant = (_table.c.repository_id == repository_id) & (_table.c.commit == commit)
        first = select(_table).where(meant).order_by(_table.c.run_id).limit(1)
        row = (await self._connection.execute(first)).mappings().first()
        return None if row is None else CommitPack(**row)

    @override
    async def of_run(self, run_id: RunId) -> tuple[CommitPack, ...]:
        made = select(_table).where(_table.c.run_id == run_id).order_by(_table.c.repository_id, _table.c.commit)
        return tuple(CommitPack(**row) for row in (await self._connection.execute(made)).mappings())
