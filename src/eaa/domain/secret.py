"""A text that must not be seen."""

from dataclasses import dataclass
from functools import lru_cache

from eaa.kit.digest import sha256_hex

_FINGERPRINT_CHARACTERS = 8
_MOST_CHARACTERS = 32 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """Holds a secret so that printing, logging or formatting the holder shows none of it."""

    _value: str

    def reveal(self) -> str:
        """Return the secret itself, for the one place that sends it."""
        return self._value

    @property
    def is_sendable(self) -> bool:
        """Whether it can stand in a header: visible ASCII without spaces, and not endless."""
        value = self._value
        return 0 < len(value) <= _MOST_CHARACTERS and value.isascii() and value.isprintable() and " " not in value

    @property
    def fingerprint(self) -> str:
        """Name the secret where it must not be shown: the first characters of its SHA-256."""
        return _fingerprint(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


@lru_cache(maxsize=64)
def _fingerprint(value: str) -> str:
    return sha256_hex(value.encode())[:_FINGERPRINT_CHARACTERS]
