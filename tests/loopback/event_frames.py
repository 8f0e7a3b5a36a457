"""Writes messages of `application/vnd.amazon.eventstream`."""

import json
import struct
from collections.abc import Mapping
from typing import Any
from zlib import crc32


def frame(headers: bytes, payload: bytes) -> bytes:
    """Return a message with its checksums."""
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    content = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return content + struct.pack(">I", crc32(content))


def text_headers(headers: Mapping[str, str]) -> bytes:
    """Return a block of headers whose values are texts."""
    return b"".join(
        struct.pack(">B", len(name)) + name.encode() + struct.pack(">BH", 7, len(value.encode())) + value.encode()
        for name, value in headers.items()
    )


def event_frame(kind: str, content: Mapping[str, Any]) -> bytes:
    """Return an event as Bedrock sends it."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return frame(text_headers(headers), json.dumps(content, ensure_ascii=False).encode())


def exception_frame(kind: str, message: str) -> bytes:
    """Return an exception in the middle of a stream."""
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return frame(text_headers(headers), json.dumps({"message": message}).encode())
