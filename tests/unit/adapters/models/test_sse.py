"""Events come out the same however the bytes are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eaa.adapters.models.sse import LONGEST_EVENT_BYTES, SseEvent, SseSplitter
from eaa.domain.model_errors import AnswerMalformed

STREAM = (
    "\ufeffdata: first\n\n"
    ": keep-alive\n\n"
    "event: message\r\ndata: ü€😀\r\ndata:second line\r\n\r\n"
    "id: 7\rretry: 10\rdata: only\r\r"
    "event: ping\n\n"
    "data\n\n"
    "data: last\n"
).encode()
EVENTS = [
    SseEvent("", b"first"),
    SseEvent("message", "ü€😀\nsecond line".encode()),
    SseEvent("", b"only"),
    SseEvent("", b""),
    SseEvent("", b"last"),
]


def split(*pieces: bytes) -> list[SseEvent]:
    splitter = SseSplitter()
    events = [event for piece in pieces for event in splitter.feed(piece)]
    return events + splitter.end()


def test_a_whole_stream_is_split_into_its_events() -> None:
    assert split(STREAM) == EVENTS


def test_one_byte_at_a_time_gives_the_same_events() -> None:
    assert split(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == EVENTS


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_cuts_anywhere_give_the_same_events(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]

    assert split(*(STREAM[start:stop] for start, stop in pairwise(edges))) == EVENTS


def test_an_event_comes_with_the_piece_that_completes_it() -> None:
    splitter = SseSplitter()

    assert splitter.feed(b"data: a\n") == []
    assert splitter.feed(b"\ndata: b") == [SseEvent("", b"a")]
    assert splitter.feed(b"\r") == []
    assert splitter.feed(b"\r") == [SseEvent("", b"b")]


def test_a_line_without_an_end_is_dropped() -> None:
    assert split(b'data: {"whole": 1}\n\ndata: {"cut": ') == [SseEvent("", b'{"whole": 1}')]


def test_a_name_without_data_does_not_leak_into_the_next_event() -> None:
    assert split(b"event: ping\n\ndata: a\n\n") == [SseEvent("", b"a")]


@pytest.mark.parametrize(
    "piece",
    [b"data: " + b"x" * (1 << 20), b"data: " + b"x" * (1 << 20) + b"\n"],
    ids=["one line", "many lines"],
)
def test_an_event_without_end_is_refused(piece: bytes) -> None:
    splitter = SseSplitter()

    with pytest.raises(AnswerMalformed, match="8 MiB"):
        for _ in range(LONGEST_EVENT_BYTES // len(piece) + 2):
            splitter.feed(piece)


def test_keep_alives_do_not_add_up_to_a_long_event() -> None:
    splitter = SseSplitter()
    for _ in range(9):
        assert splitter.feed(b": " + b"x" * (1 << 20) + b"\n\n") == []

    assert splitter.feed(b"data: a\n\n") == [SseEvent("", b"a")]
