"""What every keeper of conversations promises."""

import pytest

from eaa.domain.blob import blob_id_of
from eaa.domain.errors import TranscriptForked
from eaa.domain.ids import RunId
from eaa.ports.store import Store
from tests.makers import make_transcript_row


async def test_the_entries_of_a_conversation_come_back_in_order(store: Store) -> None:
    rows = [
        make_transcript_row(sequence=2, content=b"", content_blob=blob_id_of(b"large")),
        make_transcript_row(sequence=10, kind="ended"),
        make_transcript_row(sequence=1, kind="opened"),
    ]
    async with store.begin() as session:
        for row in (*rows, make_transcript_row(run_id="run_2"), make_transcript_row(context="tester")):
            await session.transcripts.append(row)

    async with store.begin() as session:
        found = await session.transcripts.of(RunId("run_1"), "author")

    assert found == (rows[2], rows[0], rows[1])


async def test_an_entry_is_never_written_over(store: Store) -> None:
    first = make_transcript_row(content=b'"first"')
    async with store.begin() as session:
        await session.transcripts.append(first)

    with pytest.raises(TranscriptForked, match="entry 1"):
        async with store.begin() as session:
            await session.transcripts.append(make_transcript_row(content=b'"second"'))

    async with store.begin() as session:
        assert await session.transcripts.of(RunId("run_1"), "author") == (first,)


async def test_what_a_transaction_that_fails_has_appended_is_not_there(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.begin() as session:
            await session.transcripts.append(make_transcript_row())
            raise RuntimeError

    async with store.begin() as session:
        assert await session.transcripts.of(RunId("run_1"), "author") == ()


async def test_a_run_names_its_conversations(store: Store) -> None:
    async with store.begin() as session:
        for context, sequence in (("tester", 1), ("author", 1), ("author", 2)):
            await session.transcripts.append(make_transcript_row(context=context, sequence=sequence))

    async with store.begin() as session:
        assert await session.transcripts.contexts(RunId("run_1")) == ("author", "tester")
        assert await session.transcripts.contexts(RunId("nobody")) == ()
        assert await session.transcripts.of(RunId("nobody"), "author") == ()
