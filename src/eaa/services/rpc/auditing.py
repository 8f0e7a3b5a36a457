"""Refusals, told to the log and kept in the audit log."""

from dataclasses import dataclass, field

import structlog

from eaa.domain.audit import UNKNOWN, AuditEntry
from eaa.domain.errors import EaaError
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.service_token import ServiceToken, TokenRefused
from eaa.ports.audit import Audit
from eaa.ports.clock import Clock
from eaa.ports.ids import Ids

MOST_A_MINUTE = 600
"""Rows that one process adds: whoever knocks without end shall not fill the disk. The log has all of them."""
_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Refusals:
    """Keeps account of who was not let in."""

    audit: Audit
    clock: Clock
    ids: Ids
    service: str
    """The slot of this process."""
    _minute: int = 0
    _rows: int = field(default=0)

    async def note(self, error: EaaError, *, method: str, peer: str, token: ServiceToken | None) -> None:
        """Keep a refusal. What goes wrong with that is logged and does not change the refusal."""
        who, organisation_id = _who(error, token)
        entry = AuditEntry(
            id=self.ids.new("aud"),
            organisation_id=organisation_id,
            created_at=self.clock.now(),
            who=who,
            peer=peer,
            what=method,
            service=self.service,
            outcome="refused",
            code=error.code,
            why=str(error),
        )
        _log.warning(
            "rpc.refused",
            who=who,
            peer=peer,
            method=method,
            code=error.code,
            because=str(error),
            organisation=organisation_id,
        )
        if not self._has_room(entry):
            return
        try:
            await self.audit.add(entry)
        except EaaError as unkept:
            _log.error("audit.unkept", code=unkept.code, method=method)

    def _has_room(self, entry: AuditEntry) -> bool:
        minute = int(entry.created_at.timestamp()) // 60
        self._rows = self._rows + 1 if minute == self._minute else 1
        self._minute = minute
        return self._rows <= MOST_A_MINUTE


def _who(error: EaaError, token: ServiceToken | None) -> tuple[str, OrganisationId]:
    if token is not None:
        return token.issuer, token.organisation_id
    if isinstance(error, TokenRefused) and error.issuer:
        return error.issuer, error.organisation_id or DEFAULT_ORGANISATION
    return UNKNOWN, DEFAULT_ORGANISATION
