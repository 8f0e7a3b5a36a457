"""Conversations with models, inside a transaction of the store."""

from typing import Protocol

from eaa.domain.ids import RunId
from eaa.domain.transcript import TranscriptRow


class Transcripts(Protocol):
    """Keeps what was said and done, in order. Rows are only ever added."""

    async def append(self, row: TranscriptRow) -> None:
        """Add the next entry of a conversation.

        Raises:
            TranscriptForked: There is an entry of this sequence already; somebody else writes too. Nothing is written.
        """
        ...

    async def of(self, run_id: RunId, context: str) -> tuple[TranscriptRow, ...]:
        """Return a conversation's entries in order; empty for an unknown one."""
        ...

    async def contexts(self, run_id: RunId) -> tuple[str, ...]:
        """Return the names of a run's conversations, sorted."""
        ...
