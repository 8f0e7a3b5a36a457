"""A conversation as it is kept."""

import pytest

from eaa.domain.blob import INLINE_LIMIT_BYTES
from eaa.domain.errors import RunFenced
from eaa.domain.transcript import Told, Voice
from eaa.engine.agent.transcript import Transcript, read_transcript
from tests.support.flow_world import fence, make_desk, stored_run
from tests.support.transcripts import OPENED, reply


async def test_a_large_entry_is_kept_beside_its_row() -> None:
    desk = make_desk()
    run = await stored_run(desk)
    transcript = await Transcript.open(run, "author", desk=desk)
    large = Told(Voice.PERSON, "word " * INLINE_LIMIT_BYTES, key="said 1")

    await transcript.append(OPENED, large)

    async with desk.store.begin() as session:
        rows = await session.transcripts.of(run.id, "author")
    noted = await read_transcript(run.id, "author", store=desk.store, blobs=desk.blobs)
    assert [row.content_blob is None for row in rows] == [True, False]
    assert [one.entry for one in noted] == [OPENED, large]
    assert noted == transcript.noted


async def test_entries_are_written_together_or_not_at_all() -> None:
    desk = make_desk()
    run = await stored_run(desk)
    transcript = await Transcript.open(run, "author", desk=desk)
    await transcript.append(OPENED)
    await fence(desk, run.id)

    with pytest.raises(RunFenced):
        await transcript.append(reply(1), Told(Voice.NUDGE, "go"))

    noted = await read_transcript(run.id, "author", store=desk.store, blobs=desk.blobs)
    assert [one.entry for one in noted] == [OPENED]
    assert transcript.reading.last == OPENED


async def test_a_transcript_read_again_says_the_same() -> None:
    desk = make_desk()
    run = await stored_run(desk)
    first = await Transcript.open(run, "author", desk=desk)
    await first.append(OPENED, reply(0), Told(Voice.NUDGE, "go"), reply(2))

    again = await Transcript.open(run, "author", desk=desk)

    assert again.reading.history.messages() == first.reading.history.messages()
    assert again.reading.usage.used() == first.reading.usage.used()
    assert (again.reading.since, again.reading.keys) == (first.reading.since, first.reading.keys)
