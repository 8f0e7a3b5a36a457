"""The installation's own table of provider keys."""

from datetime import datetime
from typing import Protocol

from eaa.domain.ids import OrganisationId
from eaa.domain.secret import Secret
from eaa.domain.stored_key import StoredKey


class StoredKeys(Protocol):
    """Keeps keys sealed. Each method is one transaction of its own."""

    async def add(self, organisation_id: OrganisationId, provider: str, key: Secret, *, now: datetime) -> StoredKey:
        """Keep a key after those the provider has; one that is there already is sealed anew and keeps its place."""
        ...

    async def remove(self, organisation_id: OrganisationId, provider: str, fingerprint: str) -> bool:
        """Forget a key and return whether it was there."""
        ...

    async def listed(self, organisation_id: OrganisationId) -> tuple[StoredKey, ...]:
        """Return what may be shown of all keys, by provider, the oldest first."""
        ...

    async def opened(self, organisation_id: OrganisationId, provider: str) -> tuple[Secret, ...]:
        """Return a provider's keys, the oldest first.

        Raises:
            MasterKeyUnusable: One of them cannot be opened.
        """
        ...

    async def reseal(self) -> int:
        """Seal every key of every organisation with the newest master key and return how many there are.

        Raises:
            MasterKeyUnusable: One of them cannot be opened. Nothing was changed.
        """
        ...
