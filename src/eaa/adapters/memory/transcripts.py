"""Conversations in a dictionary."""

from typing_extensions import override

from eaa.domain.errors import TranscriptForked
from eaa.domain.ids import RunId
from eaa.domain.transcript import TranscriptRow
from eaa.ports.transcripts import Transcripts


class MemoryTranscripts(Transcripts):
    """The conversations of one transaction."""

    def __init__(self, rows: dict[tuple[RunId, str, int], TranscriptRow]) -> None:
        self._rows = rows

    @override
    async def append(self, row: TranscriptRow) -> None:
        place = (row.run_id, row.context, row.sequence)
        if place in self._rows:
            raise TranscriptForked(run_id=row.run_id, context=row.context, sequence=row.sequence)
        self._rows[place] = row

    @override
    async def of(self, run_id: RunId, context: str) -> tuple[TranscriptRow, ...]:
        rows = [row for row in self._rows.values() if (row.run_id, row.context) == (run_id, context)]
        return tuple(sorted(rows, key=lambda row: row.sequence))

    @override
    async def contexts(self, run_id: RunId) -> tuple[str, ...]:
        return tuple(sorted({row.context for row in self._rows.values() if row.run_id == run_id}))
