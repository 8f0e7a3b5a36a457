"""Bytes in a table, for installations whose processes share no disk."""

from datetime import UTC, datetime

from sqlalchemy import delete, or_, select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Database
from eaa.adapters.sql.faults import translated
from eaa.adapters.sql.insert import insert_or_replace
from eaa.domain.blob import blob_id_of
from eaa.domain.errors import BlobCorrupt, BlobNotFound
from eaa.domain.ids import DEFAULT_ORGANISATION, BlobId, OrganisationId
from eaa.ports.blobs import Blobs

_table = schema.blobs


class SqlBlobs(Blobs):
    """The blobs of one organisation. Each `put` is a transaction of its own, durable on return."""

    def __init__(self, engine: Database, *, name: str, organisation_id: OrganisationId = DEFAULT_ORGANISATION) -> None:
        self._engine = engine
        self._name = name
        self._organisation_id = organisation_id

    @override
    async def put(self, content: bytes) -> BlobId:
        blob_id = blob_id_of(content)
        row = {
            "organisation_id": self._organisation_id,
            "id": blob_id,
            "content": content,
            "touched_at": datetime.now(UTC),
        }
        with translated(self._name):
            async with self._engine.begin() as connection:
                await insert_or_replace(connection, _table, row)
        return blob_id

    @override
    async def get(self, blob_id: BlobId) -> bytes:
        ours = select(_table.c.content).where(_table.c.organisation_id == self._organisation_id)
        with translated(self._name):
            async with self._engine.begin() as connection:
                content: bytes | None = (
                    await connection.execute(ours.where(_table.c.id == blob_id))
                ).scalar_one_or_none()
        if content is None:
            raise BlobNotFound(blob_id=blob_id)
        if blob_id_of(content) != blob_id:
            raise BlobCorrupt(blob_id=blob_id)
        return content

    @override
    async def forget(self, blob_id: BlobId, *, untouched_since: datetime) -> bool:
        is_old = or_(_table.c.touched_at.is_(None), _table.c.touched_at < untouched_since)
        it = (_table.c.organisation_id == self._organisation_id) & (_table.c.id == blob_id)
        with translated(self._name):
            async with self._engine.begin() as connection:
                removed = await connection.execute(delete(_table).where(it, is_old).returning(_table.c.id))
                return removed.first() is not None
