"""One conversation of a run, kept entry by entry: what is appended is durable before anything else happens."""

from collections.abc import Sequence

from eaa.domain.blob import INLINE_LIMIT_BYTES
from eaa.domain.ids import RunId
from eaa.domain.run import Run
from eaa.domain.transcript import Entry, Noted, TranscriptRow
from eaa.engine.agent.entries import decode_entry, encode_entry, kind_of
from eaa.engine.agent.reading import Reading
from eaa.engine.journal import Desk
from eaa.ports.blobs import Blobs
from eaa.ports.store import Store


async def read_transcript(run_id: RunId, context: str, *, store: Store, blobs: Blobs) -> tuple[Noted, ...]:
    """Return a conversation, oldest entry first; empty for an unknown one.

    Raises:
        BlobNotFound: An entry's content is gone.
    """
    async with store.begin() as session:
        rows = await session.transcripts.of(run_id, context)
    contents = [row.content if row.content_blob is None else await blobs.get(row.content_blob) for row in rows]
    return tuple(
        Noted(row.sequence, row.created_at, decode_entry(row.kind, content))
        for row, content in zip(rows, contents, strict=True)
    )


class Transcript:
    """A conversation that this process goes on with. Every write holds the run's generation first."""

    def __init__(self, run: Run, context: str, desk: Desk, noted: Sequence[Noted]) -> None:
        self._run = run
        self._context = context
        self._desk = desk
        self.reading = Reading()
        """What it says so far."""
        for one in noted:
            self.reading.add(one)

    @classmethod
    async def open(cls, run: Run, context: str, *, desk: Desk) -> "Transcript":
        """Return the conversation of a run as it stands; `run` carries the generation of this execution."""
        return cls(run, context, desk, await read_transcript(run.id, context, store=desk.store, blobs=desk.blobs))

    @property
    def noted(self) -> tuple[Noted, ...]:
        """Everything so far, oldest first."""
        return tuple(self.reading.noted)

    async def append(self, *entries: Entry) -> None:
        """Write entries, all or none of them. They are durable on return.

        Raises:
            RunFenced: Another process has taken the run over. Nothing is written.
            TranscriptForked: Somebody else wrote to it. Nothing is written.
        """
        now = self._desk.clock.now()
        first = len(self.reading.noted) + 1
        added = [Noted(sequence, now, entry) for sequence, entry in enumerate(entries, start=first)]
        rows = [await self._row(one) for one in added]
        async with self._desk.store.begin() as session:
            await session.runs.hold(self._run.id, generation=self._run.generation)
            for row in rows:
                await session.transcripts.append(row)
        for one in added:
            self.reading.add(one)

    async def _row(self, one: Noted) -> TranscriptRow:
        content = encode_entry(one.entry)
        is_large = len(content) > INLINE_LIMIT_BYTES
        return TranscriptRow(
            organisation_id=self._run.organisation_id,
            run_id=self._run.id,
            context=self._context,
            sequence=one.sequence,
            kind=kind_of(one.entry),
            content=b"" if is_large else content,
            content_blob=await self._desk.blobs.put(content) if is_large else None,
            created_at=one.at,
        )
