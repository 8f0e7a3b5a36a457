"""A provider's key in the installation's own table, without the key."""

from dataclasses import dataclass
from datetime import datetime

from eaa.domain.ids import OrganisationId


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What may be shown of a kept key."""

    organisation_id: OrganisationId
    provider: str
    fingerprint: str
    """The first characters of its SHA-256."""
    master_key: str
    """Name of the master key it is sealed with."""
    created_at: datetime
