"""Blobs in a real database."""

import pytest
from sqlalchemy import text

from eaa.adapters.sql.blobs import SqlBlobs
from eaa.adapters.sql.engine import open_engine
from eaa.adapters.sql.migrate import upgrade
from eaa.domain.errors import BlobCorrupt, BlobNotFound
from eaa.domain.ids import OrganisationId


async def test_changed_bytes_are_told_and_putting_them_again_mends_them(url: str) -> None:
    await upgrade(url)
    engine = open_engine(url)
    blobs = SqlBlobs(engine, name="test")
    blob_id = await blobs.put(b"content")
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE blobs SET content = :content"), {"content": b"c0ntent"})

    with pytest.raises(BlobCorrupt):
        await blobs.get(blob_id)

    await blobs.put(b"content")
    assert await blobs.get(blob_id) == b"content"
    await engine.dispose()


async def test_organisations_do_not_see_each_others_blobs(url: str) -> None:
    await upgrade(url)
    engine = open_engine(url)
    blob_id = await SqlBlobs(engine, name="test").put(b"content")

    with pytest.raises(BlobNotFound):
        await SqlBlobs(engine, name="test", organisation_id=OrganisationId("org_other")).get(blob_id)
    await engine.dispose()
