"""The audit log."""

from typing import Protocol

from eaa.domain.audit import AuditEntry
from eaa.domain.ids import OrganisationId


class Audit(Protocol):
    """Keeps entries for good: there is no way to change one or to take one out."""

    async def add(self, entry: AuditEntry) -> None:
        """Keep an entry, in a transaction of its own; the same id again changes nothing."""
        ...

    async def newest(self, organisation_id: OrganisationId, *, limit: int) -> tuple[AuditEntry, ...]:
        """Return an organisation's entries, the newest first."""
        ...
