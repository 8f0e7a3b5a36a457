"""What was refused to whom, and what somebody switched, and why: for whoever asks later."""

from dataclasses import dataclass
from datetime import datetime

from eaa.domain.ids import OrganisationId

UNKNOWN = "unknown"
"""Who asked, when nothing about them is known to be true."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line. It is never changed; no token, payload or prompt is in it."""

    id: str
    organisation_id: OrganisationId
    created_at: datetime
    who: str
    """The slot that the token proves, or UNKNOWN."""
    peer: str
    """The address it came from."""
    what: str
    """The method that was called."""
    service: str
    """The slot of the process that answered."""
    outcome: str
    """`refused`; `on` or `off` of a switch."""
    code: str
    """Of the error; empty when nothing was refused."""
    why: str
    """In a sentence."""
