"""Keys of model providers."""

from typing import Protocol

from eaa.domain.model import Provider
from eaa.domain.secret import Secret


class ModelKeys(Protocol):
    """Finds the keys of providers, wherever they are kept. Safe to share between coroutines."""

    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        """Return all keys of a provider, in the order in which they are to be used; empty when it needs none.

        Raises:
            KeyRefused: The place where a key should be is empty, broken, or holds what cannot be a key.
        """
        ...

    async def refresh(self, provider: Provider) -> None:
        """Forget what is remembered of a provider's keys, so that the next look finds new ones."""
        ...
