"""Keys for signatures, made from the master keys of an installation."""

from collections.abc import Mapping
from typing import Protocol


class SigningKeys(Protocol):
    """Derives keys. Who knows a derived key knows neither the master key nor the keys for other purposes."""

    def keys_for(self, purpose: str) -> Mapping[str, bytes]:
        """Return a key of 32 bytes for each master key, by the master key's name, the newest first.

        Raises:
            MasterKeyUnusable: There is no usable key file and none can be made.
        """
        ...
