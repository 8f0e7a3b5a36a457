"""The audit log in a list."""

from typing_extensions import override

from eaa.domain.audit import AuditEntry
from eaa.domain.ids import OrganisationId
from eaa.ports.audit import Audit


class MemoryAudit(Audit):
    """Forgets everything when the process ends."""

    def __init__(self) -> None:
        self._entries: dict[str, AuditEntry] = {}

    @override
    async def add(self, entry: AuditEntry) -> None:
        self._entries.setdefault(entry.id, entry)

    @override
    async def newest(self, organisation_id: OrganisationId, *, limit: int) -> tuple[AuditEntry, ...]:
        own = [entry for entry in self._entries.values() if entry.organisation_id == organisation_id]
        return tuple(sorted(own, key=lambda entry: (entry.created_at, entry.id), reverse=True)[:limit])
