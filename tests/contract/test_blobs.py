"""What every blob store promises."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from eaa.domain.blob import blob_id_of
from eaa.domain.errors import BlobNotFound
from eaa.domain.ids import BlobId
from eaa.ports.blobs import Blobs


@pytest.mark.parametrize("content", [b"", b"text", b"\x00\xff" * 40_000], ids=["empty", "text", "binary"])
async def test_bytes_come_back_from_their_address(blobs: Blobs, content: bytes) -> None:
    blob_id = await blobs.put(content)

    assert blob_id == blob_id_of(content)
    assert await blobs.get(blob_id) == content


async def test_putting_the_same_bytes_again_changes_nothing(blobs: Blobs) -> None:
    first = await blobs.put(b"same")

    assert await blobs.put(b"same") == first
    assert await blobs.get(first) == b"same"


async def test_many_puts_of_the_same_bytes_at_once_are_one(blobs: Blobs) -> None:
    put = await asyncio.gather(*(blobs.put(b"same") for _ in range(8)))

    assert set(put) == {blob_id_of(b"same")}
    assert await blobs.get(put[0]) == b"same"


async def test_an_unknown_address_is_an_error(blobs: Blobs) -> None:
    with pytest.raises(BlobNotFound):
        await blobs.get(blob_id_of(b"never put"))


@pytest.mark.parametrize("name", ["", "sha256:", "sha256:../../etc/passwd", "md5:abc", "sha256:" + "G" * 64])
async def test_what_is_no_address_finds_nothing(blobs: Blobs, name: str) -> None:
    with pytest.raises(BlobNotFound):
        await blobs.get(BlobId(name))


async def test_what_nobody_needs_is_forgotten_and_what_was_just_put_stays(blobs: Blobs) -> None:
    blob_id = await blobs.put(b"old")
    kept = await blobs.forget(blob_id, untouched_since=datetime.now(UTC) - timedelta(hours=1))
    still = await blobs.get(blob_id)
    gone = await blobs.forget(blob_id, untouched_since=datetime.now(UTC) + timedelta(hours=1))

    assert (kept, still, gone) == (False, b"old", True)
    assert not await blobs.forget(blob_id, untouched_since=datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(BlobNotFound):
        await blobs.get(blob_id)


async def test_putting_bytes_again_makes_them_new(blobs: Blobs) -> None:
    blob_id = await blobs.put(b"same")
    between = datetime.now(UTC)
    await asyncio.sleep(0.05)
    await blobs.put(b"same")

    assert not await blobs.forget(blob_id, untouched_since=between)
    assert await blobs.get(blob_id) == b"same"


async def test_whoever_puts_while_another_forgets_finds_what_was_put(blobs: Blobs) -> None:
    async def put() -> bool:
        blob_id = await blobs.put(b"wanted")
        return await blobs.get(blob_id) == b"wanted"

    async def forget() -> None:
        await blobs.forget(blob_id_of(b"wanted"), untouched_since=datetime.now(UTC) - timedelta(minutes=1))

    for _ in range(20):
        found, *_ = await asyncio.gather(put(), forget(), forget())
        assert found
