"""Encryption of what is kept at rest."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted bytes and the name of the master key that opens them."""

    content: bytes
    master_key: str


class Sealing(Protocol):
    """Seals bytes so that nobody without the master key reads or changes them."""

    def seal(self, content: bytes, *, context: str) -> Sealed:
        """Return bytes sealed with the newest master key, bound to where they belong.

        Raises:
            MasterKeyUnusable: There is no usable key file and none can be made.
        """
        ...

    def unseal(self, sealed: Sealed, *, context: str) -> bytes:
        """Return what was sealed for this very context.

        Raises:
            MasterKeyUnusable: Its master key is not in the key file, or the bytes were changed or moved here.
        """
        ...
