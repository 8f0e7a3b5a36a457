"""What every blob store promises."""

import asyncio

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
