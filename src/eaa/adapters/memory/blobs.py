"""Bytes in a dictionary."""

from typing_extensions import override

from eaa.domain.blob import blob_id_of
from eaa.domain.errors import BlobCorrupt, BlobNotFound
from eaa.domain.ids import BlobId
from eaa.ports.blobs import Blobs


class MemoryBlobs(Blobs):
    """Forgets everything when the process ends."""

    def __init__(self) -> None:
        self.contents: dict[BlobId, bytes] = {}
        """What is stored; open, so that a test can corrupt it."""

    @override
    async def put(self, content: bytes) -> BlobId:
        blob_id = blob_id_of(content)
        self.contents[blob_id] = content
        return blob_id

    @override
    async def get(self, blob_id: BlobId) -> bytes:
        try:
            content = self.contents[blob_id]
        except KeyError:
            raise BlobNotFound(blob_id=blob_id) from None
        if blob_id_of(content) != blob_id:
            raise BlobCorrupt(blob_id=blob_id)
        return content
