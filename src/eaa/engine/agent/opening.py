"""How the first conversation of a run began."""

from eaa.domain.ids import RunId
from eaa.domain.transcript import Opened, TranscriptRow
from eaa.engine.agent.entries import decode_entry
from eaa.ports.blobs import Blobs
from eaa.ports.store import Store


async def read_opening(run_id: RunId, *, store: Store, blobs: Blobs) -> Opened | None:
    """Return the beginning that was written first, of all conversations of a run with tools; None before there is one.

    A single question to a model is kept like a conversation, and has no tools.

    Raises:
        BlobNotFound: Its content is gone.
    """
    firsts: list[TranscriptRow] = []
    async with store.begin() as session:
        for context in await session.transcripts.contexts(run_id):
            firsts += (await session.transcripts.of(run_id, context))[:1]
    for first in sorted(firsts, key=lambda row: (row.created_at, row.context)):
        content = first.content if first.content_blob is None else await blobs.get(first.content_blob)
        opened = decode_entry(first.kind, content)
        if isinstance(opened, Opened) and opened.tools:
            return opened
    return None
