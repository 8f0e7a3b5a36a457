"""Recordings as JSON, and JSON that anybody may have written."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from eaa.adapters.memory.blobs import MemoryBlobs
from eaa.adapters.memory.store import MemoryStore
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.errors import BundleUnreadable
from eaa.domain.ids import CommitId, RepositoryId, RunId
from eaa.domain.recording import Recording
from eaa.domain.repository import Repository
from eaa.domain.transcript import Told, Voice
from eaa.engine.codec import encode
from eaa.engine.recording import decode_recording, encode_recording, order_of, read_recording
from eaa.engine.redaction import Redactor
from eaa.engine.replay.beginning import entries_before, transcript_row
from eaa.engine.workflows.order import Order
from tests.makers import make_event, make_run, make_step, make_task
from tests.support.transcripts import OPENED, noted, reply

ORDER = Order(
    run_id=RunId("run_1"),
    repository=Repository(RepositoryId("abc"), "/home/alice/shop", "main"),
    base=CommitId("b" * 40),
    request=EnvironmentRequest(),
)


async def make_recording() -> Recording:
    """Return the recording of a run with two steps and a conversation, out of a store."""
    store, blobs, run = MemoryStore(), MemoryBlobs(), make_run()
    entries = noted(OPENED, reply(2), Told(Voice.PERSON, "Mind /home/alice/shop.", key="said 1"))
    async with store.begin() as session:
        await session.tasks.add(make_task(text="Fix the discount"))
        await session.runs.add(run)
        await session.steps.put(make_step(sequence=1, name="one", output=b'{"a":1}'))
        large = await blobs.put(b'"' + b"x" * 100_000 + b'"')
        await session.steps.put(make_step(sequence=2, name="two", output=b"", output_blob=large))
        for one in entries:
            await session.transcripts.append(await transcript_row(one, run, "author", blobs=blobs))
        await session.events.add(make_event(event_id="evt_1", event_type="run.started", data=encode(ORDER)))
    return await read_recording(RunId("run_1"), store=store, blobs=blobs, eaa="9.9")


async def test_a_recording_is_the_same_after_it_was_json() -> None:
    recording = await make_recording()

    content = encode_recording(recording, Redactor())

    assert decode_recording(content) == recording
    assert encode_recording(decode_recording(content), Redactor()) == content
    assert order_of(recording) == ORDER
    assert len(recording.steps[1].output) == 100_002


async def test_folders_leave_texts_of_every_depth() -> None:
    content = encode_recording(await make_recording(), Redactor(places=(("/home/alice/shop", "<repository>"),)))

    assert b"alice" not in content
    again = decode_recording(content)
    assert order_of(again).repository.source == "<repository>"
    assert again.conversation("author")[2].entry == Told(Voice.PERSON, "Mind <repository>.", key="said 1")


async def test_what_stood_in_a_conversation_before_a_step_is_what_came_before_the_step_before_ended() -> None:
    recording = await make_recording()

    assert entries_before(recording, 1) == {}
    # The maker's steps ended at noon, long after the entries.
    assert [len(entries) for entries in entries_before(recording, 2).values()] == [3]


def _set(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (_set("version", to=2), "has the form '2'"),
        (_set("version", to=None), "has the form 'None'"),
        (_set("more", to=1), "cannot be read"),
        (_set("steps", 0, "command", to="rm"), "cannot be read"),
        (_set("steps", 1, "sequence", to=3), "numbers of the steps"),
        (_set("steps", to=[{}] * 600), "cannot be read"),
        (_set("conversations", 0, "context", to="../author"), "names of the contexts"),
        (_set("conversations", 0, "entries", 0, "kind", to="executed"), "cannot be read"),
        (_set("conversations", 0, "entries", 1, "entry", "completion", "parts", to=[["shell", "x"]]), "cannot be read"),
        (_set("run", "id", to="../../run"), "run's id"),
        (_set("order", "run_id", to="run_2"), "run's id"),
        (_set("order", "base", to="--upload-pack=x"), "base commit"),
        (_set("order", "base", to="HEAD"), "base commit"),
        (_set("order", to=None), "order cannot be read"),
        (_set("task", "id", to="tsk_2"), "task's id"),
    ],
)
async def test_a_record_that_cannot_be_right_is_refused(change: Callable[[dict[str, Any]], None], because: str) -> None:
    document = json.loads(encode_recording(await make_recording(), Redactor()))
    change(document)

    with pytest.raises(BundleUnreadable, match=because):
        decode_recording(json.dumps(document).encode())


@pytest.mark.parametrize("content", [b"", b"[]", b"noise", b'"text"', b"[" * 100_000, b"\xff\xfe"])
def test_noise_is_no_record(content: bytes) -> None:
    with pytest.raises(BundleUnreadable):
        decode_recording(content)
