"""Domain values as JSON and back, file names that are not UTF-8 included."""

import json
from typing import TypeVar

import msgspec

T = TypeVar("T")


def encode(value: object) -> bytes:
    """Return a domain value as JSON."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # Git knows names that are no UTF-8; they travel as escaped lone surrogates, which msgspec does not write.
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()


def decode(content: bytes, kind: type[T]) -> T:
    """Return the value that `encode` wrote.

    Raises:
        msgspec.ValidationError: The JSON is not of this kind.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.convert(json.loads(content), type=kind)
