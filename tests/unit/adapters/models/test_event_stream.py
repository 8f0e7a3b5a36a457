"""Messages of `application/vnd.amazon.eventstream`."""

import struct

import pytest

from eaa.adapters.models.event_stream import EventMessage, EventStreamSplitter
from eaa.domain.model_errors import AnswerMalformed
from tests.loopback.event_frames import event_frame, frame

# Source: the test messages of AWS's own libraries for event streams.
PUBLISHED = bytes.fromhex(
    "0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d"
    "8d9c08b1"
)


def split(*pieces: bytes) -> list[EventMessage]:
    splitter = EventStreamSplitter()
    return [message for piece in pieces for message in splitter.feed(piece)]


def test_a_published_message_is_read() -> None:
    assert split(PUBLISHED) == [EventMessage({"content-type": "application/json"}, b"{'foo':'bar'}")]


def test_a_message_without_headers_and_payload_is_read() -> None:
    assert split(bytes.fromhex("000000100000000005c248eb7d98c8ff")) == [EventMessage({}, b"")]


def test_pieces_may_end_anywhere() -> None:
    stream = event_frame("messageStart", {"role": "assistant"}) + PUBLISHED

    for size in (1, 2, 5, 13, 50):
        assert split(*(stream[at : at + size] for at in range(0, len(stream), size))) == split(stream)
    assert split(stream)[0].headers[":event-type"] == "messageStart"


def test_headers_of_other_types_are_passed_over() -> None:
    headers = (
        b"\x01t\x00\x01f\x01\x01b\x02\xff\x01s\x03\x00\x01\x01i\x04\x00\x00\x00\x01\x01l\x05" + bytes(8)
        + b"\x01x\x06\x00\x02ab" + b"\x01m\x08" + bytes(8) + b"\x01u\x09" + bytes(16) + b"\x01n\x07\x00\x02ok"
    )  # fmt: skip

    assert split(frame(headers, b"payload")) == [EventMessage({"n": "ok"}, b"payload")]


@pytest.mark.parametrize("at", [0, 5, 9, 14, 40, len(PUBLISHED) - 1])
def test_a_changed_byte_is_noticed(at: int) -> None:
    changed = bytearray(PUBLISHED)
    changed[at] ^= 0x01

    with pytest.raises(AnswerMalformed, match="checksum"):
        split(bytes(changed))


@pytest.mark.parametrize(
    "headers", [b"\x05", b"\x01a\x0b", b"\x01a\x07\x00\x09ab", b"\x01a\x07\x00", b"\x02\xff\xfe\x00", b"\x01a\x04\x00"]
)
def test_broken_headers_are_malformed(headers: bytes) -> None:
    with pytest.raises(AnswerMalformed, match="header"):
        split(frame(headers, b""))


@pytest.mark.parametrize(("total", "headers"), [(15, 0), (16, 1), (2**31, 0)])
def test_an_impossible_length_is_malformed(total: int, headers: int) -> None:
    from zlib import crc32

    prelude = struct.pack(">II", total, headers)

    with pytest.raises(AnswerMalformed, match="impossible length"):
        split(prelude + struct.pack(">I", crc32(prelude)))
