"""Keys of providers in a table, sealed."""

import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, delete, select, text, update
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Database, Statements
from eaa.adapters.sql.faults import translated
from eaa.adapters.sql.insert import insert_or_replace
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.model import Provider
from eaa.domain.secret import Secret
from eaa.domain.stored_key import StoredKey
from eaa.ports.model_keys import ModelKeys
from eaa.ports.sealing import Sealed, Sealing
from eaa.ports.stored_keys import StoredKeys

_table = schema.model_keys
LOOK_AGAIN_S = 2.0
"""How old our knowledge of the table may be."""


class SqlStoredKeys(StoredKeys):
    """Keeps keys in one database, shared by every process that opens it and has the master key."""

    def __init__(self, engine: Database, *, name: str, sealing: Sealing) -> None:
        self._engine = engine
        self._name = name
        self._sealing = sealing

    @override
    async def add(self, organisation_id: OrganisationId, provider: str, key: Secret, *, now: datetime) -> StoredKey:
        place = (organisation_id, provider, key.fingerprint)
        known = select(_table.c.created_at).where(*_at(*place))
        with translated(self._name):
            async with self._engine.begin() as connection:
                await _wait_for_others(connection)
                created_at = (await connection.execute(known)).scalar_one_or_none() or now
                sealed = self._sealing.seal(key.reveal().encode(), context=_context(*place))
                stored = StoredKey(organisation_id, provider, key.fingerprint, sealed.master_key, created_at)
                row = {
                    "organisation_id": organisation_id,
                    "provider": provider,
                    "fingerprint": key.fingerprint,
                    "sealed": sealed.content,
                    "master_key": sealed.master_key,
                    "created_at": created_at,
                }
                await insert_or_replace(connection, _table, row)
        return stored

    @override
    async def remove(self, organisation_id: OrganisationId, provider: str, fingerprint: str) -> bool:
        with translated(self._name):
            async with self._engine.begin() as connection:
                removed = await connection.execute(delete(_table).where(*_at(organisation_id, provider, fingerprint)))
                return removed.rowcount > 0

    @override
    async def listed(self, organisation_id: OrganisationId) -> tuple[StoredKey, ...]:
        ours = select(_table).where(_table.c.organisation_id == organisation_id)
        in_order = ours.order_by(_table.c.provider, _table.c.created_at, _table.c.fingerprint)
        with translated(self._name):
            async with self._engine.begin() as connection:
                rows = (await connection.execute(in_order)).mappings().all()
        return tuple(
            StoredKey(organisation_id, row["provider"], row["fingerprint"], row["master_key"], row["created_at"])
            for row in rows
        )

    @override
    async def opened(self, organisation_id: OrganisationId, provider: str) -> tuple[Secret, ...]:
        theirs = select(_table).where(_table.c.organisation_id == organisation_id, _table.c.provider == provider)
        in_order = theirs.order_by(_table.c.created_at, _table.c.fingerprint)
        with translated(self._name):
            async with self._engine.begin() as connection:
                rows = (await connection.execute(in_order)).mappings().all()
        return tuple(Secret(self._opened(row).decode()) for row in rows)

    @override
    async def reseal(self) -> int:
        with translated(self._name):
            async with self._engine.begin() as connection:
                await _wait_for_others(connection)
                rows = (await connection.execute(select(_table))).mappings().all()
                for row in rows:
                    place = (row["organisation_id"], row["provider"], row["fingerprint"])
                    sealed = self._sealing.seal(self._opened(row), context=_context(*place))
                    changed = update(_table).where(*_at(*place))
                    await connection.execute(changed.values(sealed=sealed.content, master_key=sealed.master_key))
        return len(rows)

    def _opened(self, row: RowMapping) -> bytes:
        context = _context(row["organisation_id"], row["provider"], row["fingerprint"])
        return self._sealing.unseal(Sealed(row["sealed"], row["master_key"]), context=context)


class StoredModelKeys(ModelKeys):
    """The keys of one organisation as the orchestrator asks for them; the table's news is at most seconds old."""

    def __init__(
        self,
        stored: StoredKeys,
        *,
        organisation_id: OrganisationId = DEFAULT_ORGANISATION,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stored = stored
        self._organisation_id = organisation_id
        self._monotonic_s = monotonic_s
        self._known: dict[str, tuple[float, tuple[Secret, ...]]] = {}
        """By provider: until when it is believed, and the keys."""

    @override
    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        until_s, keys = self._known.get(provider.name, (0.0, ()))
        now_s = self._monotonic_s()
        if now_s >= until_s:
            keys = await self._stored.opened(self._organisation_id, provider.name)
            self._known[provider.name] = (now_s + LOOK_AGAIN_S, keys)
        return keys

    @override
    async def refresh(self, provider: Provider) -> None:
        self._known.pop(provider.name, None)


async def _wait_for_others(connection: Statements) -> None:
    """Let no key be sealed with an old master key while all are sealed anew. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"LOCK TABLE {_table.name} IN SHARE ROW EXCLUSIVE MODE"))


def _at(organisation_id: str, provider: str, fingerprint: str) -> tuple[ColumnElement[bool], ...]:
    return (
        _table.c.organisation_id == organisation_id,
        _table.c.provider == provider,
        _table.c.fingerprint == fingerprint,
    )


def _context(organisation_id: str, provider: str, fingerprint: str) -> str:
    """Return what a sealed key is bound to: moved to another row, it opens no more."""
    return f"model key\n{organisation_id}\n{provider}\n{fingerprint}"
