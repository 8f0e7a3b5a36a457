"""ULIDs: 26 characters that sort by time (source: the ULID specification, Crockford base 32)."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BYTES = 10
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
"""Two characters for each ten bits: half as many steps for each id."""


def encode_ulid(*, milliseconds: int, randomness: bytes) -> str:
    """Return the ULID of a moment and ten random bytes.

    Args:
        milliseconds: Unix time in milliseconds, below 2**48.
        randomness: Exactly ten bytes.

    Raises:
        ValueError: A part does not fit.
    """
    if len(randomness) != _RANDOM_BYTES or not 0 <= milliseconds < 1 << 48:
        raise ValueError("a ULID takes a 48-bit time and ten random bytes")
    return ulid_text(milliseconds << 80 | int.from_bytes(randomness, "big"))


def ulid_text(number: int) -> str:
    """Return the ULID that is this number, below 2**128."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
