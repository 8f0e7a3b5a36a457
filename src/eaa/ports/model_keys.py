"""Keys to providers."""

from dataclasses import dataclass
from typing import Protocol

from eaa.domain.model import Provider
from eaa.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class ModelKey:
    """One key of a provider."""

    fingerprint: str
    """Eight hexadecimal characters of its SHA-256: names the key where the key must not be shown."""
    secret: Secret


class ModelKeys(Protocol):
    """Knows the keys of a provider, newest knowledge first: a key that was rotated is found without a restart."""

    async def of(self, provider: Provider) -> tuple[ModelKey, ...]:
        """Return the keys in their order, empty when the provider needs none or none is known."""
        ...

    async def refresh(self, provider: Provider) -> None:
        """Look again: a key was refused. Runs the helper command anew, reads files and tables again."""
        ...
