"""Messages out of `application/vnd.amazon.eventstream`, whose bytes may be cut anywhere.

A message is: its length, the length of its headers, a checksum of these two, the headers, the payload, a checksum of
it all; numbers are big-endian, checksums CRC32. Source: Smithy, "Amazon Event Stream Specification", checked 2026-11.
"""

import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from zlib import crc32

from eaa.domain.model_errors import AnswerMalformed

LONGEST_MESSAGE_BYTES: Final = 16 * 1024 * 1024
_PRELUDE = struct.Struct(">III")
_CHECKSUM = struct.Struct(">I")
_LENGTH = struct.Struct(">H")
_STRING = 7
_FIXED_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Type of a header's value → its bytes; of types 6 and 7 the length comes first."""


class EventMessage(NamedTuple):
    """One message. A named tuple and no dataclass because one is made for each streamed token."""

    headers: Mapping[str, str]
    """Those whose value is a text; `:event-type` and `:message-type` among them."""
    payload: bytes


class EventStreamSplitter:
    """Splits one stream and checks every checksum."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, piece: bytes) -> list[EventMessage]:
        """Return the messages that this piece completes, in order.

        Raises:
            AnswerMalformed: A checksum or a length is wrong.
        """
        held = self._held
        held += piece
        messages: list[EventMessage] = []
        start = 0
        while len(held) - start >= _PRELUDE.size:
            total, headers_size, checksum = _PRELUDE.unpack_from(held, start)
            if crc32(held[start : start + 8]) != checksum:
                raise AnswerMalformed("the stream's frame has a wrong checksum")
            if not _PRELUDE.size + headers_size + _CHECKSUM.size <= total <= LONGEST_MESSAGE_BYTES:
                raise AnswerMalformed(f"the stream's frame has an impossible length ({total} bytes)")
            if len(held) - start < total:
                break
            messages.append(_message(bytes(held[start : start + total]), headers_size))
            start += total
        del held[:start]
        return messages


def _message(frame: bytes, headers_size: int) -> EventMessage:
    if crc32(frame[:-4]) != _CHECKSUM.unpack_from(frame, len(frame) - 4)[0]:
        raise AnswerMalformed("the stream's message has a wrong checksum")
    end = _PRELUDE.size + headers_size
    return EventMessage(_headers(frame[_PRELUDE.size : end]), frame[end:-4])


@lru_cache(maxsize=256)
def _headers(block: bytes) -> Mapping[str, str]:
    """Return the headers; kept, because those of most messages are the same bytes. Nobody changes what is returned."""
    headers: dict[str, str] = {}
    at = 0
    try:
        while at < len(block):
            name_end = at + 1 + block[at]
            name, kind = block[at + 1 : name_end].decode(), block[name_end]
            at = name_end + 1
            size = _FIXED_SIZES.get(kind)
            if size is None:
                size = _LENGTH.unpack_from(block, at)[0]
                at += _LENGTH.size
            if kind not in _FIXED_SIZES and kind not in {6, _STRING}:
                raise AnswerMalformed(f"the stream has a header of unknown type {kind}")
            if kind == _STRING:
                headers[name] = block[at : at + size].decode()
            at += size
    except (IndexError, ValueError, struct.error) as error:
        raise AnswerMalformed("the stream's headers are broken") from error
    if at != len(block):
        raise AnswerMalformed("the stream's headers are broken")
    return headers
