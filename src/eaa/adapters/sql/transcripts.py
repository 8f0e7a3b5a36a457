"""Conversations in a table."""

from sqlalchemy import select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_new
from eaa.adapters.sql.rows import row_of, transcript_row_of
from eaa.domain.errors import TranscriptForked
from eaa.domain.ids import RunId
from eaa.domain.transcript import TranscriptRow
from eaa.ports.transcripts import Transcripts

_table = schema.transcripts


class SqlTranscripts(Transcripts):
    """The conversations of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def append(self, row: TranscriptRow) -> None:
        if not await insert_new(self._connection, _table, row_of(row)):
            raise TranscriptForked(run_id=row.run_id, context=row.context, sequence=row.sequence)

    @override
    async def of(self, run_id: RunId, context: str) -> tuple[TranscriptRow, ...]:
        is_meant = (_table.c.run_id == run_id) & (_table.c.context == context)
        found = await self._connection.execute(select(_table).where(is_meant).order_by(_table.c.sequence))
        return tuple(map(transcript_row_of, found.mappings()))

    @override
    async def contexts(self, run_id: RunId) -> tuple[str, ...]:
        names = select(_table.c.context).where(_table.c.run_id == run_id).distinct()
        found = await self._connection.execute(names)
        return tuple(sorted(found.scalars()))
