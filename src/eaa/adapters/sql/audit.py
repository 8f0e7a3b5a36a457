"""The audit log in a table that refuses changes (migration 0010)."""

from sqlalchemy import select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Database
from eaa.adapters.sql.faults import translated
from eaa.adapters.sql.insert import insert_once
from eaa.domain.audit import AuditEntry
from eaa.domain.ids import OrganisationId
from eaa.ports.audit import Audit

_audit = schema.audit


class SqlAudit(Audit):
    """The entries of an installation."""

    def __init__(self, engine: Database, *, name: str) -> None:
        self._engine = engine
        self._name = name

    @override
    async def add(self, entry: AuditEntry) -> None:
        row = {field: getattr(entry, field) for field in _audit.columns.keys()}  # noqa: SIM118 - no dictionary
        with translated(self._name):
            async with self._engine.begin() as connection:
                await insert_once(connection, _audit, row)

    @override
    async def newest(self, organisation_id: OrganisationId, *, limit: int) -> tuple[AuditEntry, ...]:
        own = select(_audit).where(_audit.c.organisation_id == organisation_id)
        newest = own.order_by(_audit.c.created_at.desc(), _audit.c.id.desc()).limit(limit)
        with translated(self._name):
            async with self._engine.begin() as connection:
                return tuple(AuditEntry(**row) for row in (await connection.execute(newest)).mappings())
