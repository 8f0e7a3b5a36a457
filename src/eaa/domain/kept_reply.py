"""The answer to a request with an idempotency key, kept so that the same request again does nothing again."""

from dataclasses import dataclass
from datetime import datetime

from eaa.domain.ids import OrganisationId


@dataclass(frozen=True, slots=True)
class KeptReply:
    """What was asked under a key, and what was answered. Unique by (organisation, key)."""

    organisation_id: OrganisationId
    key: str
    """As the caller chose it."""
    fingerprint: str
    """SHA-256 of method, address and body: the same key with another one is a mistake of the caller."""
    status: int
    """Of HTTP."""
    body: bytes
    created_at: datetime
