"""Entries of a transcript as they are stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eaa.domain.completion import Completion, Reasoning, StopReason, Text, TokenUsage, ToolCall
from eaa.domain.ids import BlobId, CommitId
from eaa.domain.transcript import (
    Compacted,
    Ended,
    EndReason,
    Entry,
    Interrupted,
    Opened,
    Replied,
    Resumed,
    Told,
    ToolEnded,
    ToolStarted,
    Voice,
)
from eaa.engine.agent.entries import KINDS, decode_entry, encode_entry, kind_of
from eaa.engine.agent.tools.specs import TOOLS

ANSWER = Completion(
    parts=(
        Reasoning("hm", "anthropic", "sig"),
        Text("I look.", ends_prefix=False),
        ToolCall("c1", "read", '{"path": 1}'),
    ),
    stop_reason=StopReason.TOOL_CALLS,
    usage=TokenUsage(1, 2, 3, 4, 5),
    wire_model="m-1",
    request_id="r-1",
)
ENTRIES: tuple[Entry, ...] = (
    Opened("s", "b", "i", TOOLS, CommitId("c" * 40), "p", "m", (("eaa", "1"),)),
    Replied(ANSWER, "m", None, 1.5, is_estimated=True),
    ToolStarted(0, "c1", "shell"),
    ToolEnded(0, "c1", "shell", "out", True, 3, BlobId("sha256:0"), CommitId("d"), Ended(EndReason.ASKED, "?", ("a",))),
    Interrupted(1, "c2", "shell", "undone"),
    Told(Voice.PERSON, "go on", "said 1", is_about_repetition=True),
    Resumed("", (("eaa", "2"),)),
    Compacted("short", 9),
    Ended(EndReason.LIMIT, "80 answers"),
)


@pytest.mark.parametrize("entry", ENTRIES, ids=kind_of)
def test_an_entry_comes_back_as_it_was(entry: Entry) -> None:
    assert decode_entry(kind_of(entry), encode_entry(entry)) == entry


def test_every_kind_of_entry_is_known() -> None:
    assert {type(entry) for entry in ENTRIES} == set(KINDS.values())


@given(st.text(st.characters(), max_size=20))
def test_words_of_any_characters_come_back(text: str) -> None:
    for entry in (Told(Voice.PERSON, text), Replied(Completion((Text(text),), StopReason.END, None), "m", 1)):
        assert decode_entry(kind_of(entry), encode_entry(entry)) == entry


def test_half_a_character_from_a_model_comes_back() -> None:
    entry = Replied(Completion((ToolCall("c", "shell", '{"a": "\ud800"}'),), StopReason.END, None), "m", 1)

    assert decode_entry("replied", encode_entry(entry)) == entry


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="'sung'"):
        decode_entry("sung", b"{}")
