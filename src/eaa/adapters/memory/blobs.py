"""Bytes in a dictionary."""

from datetime import UTC, datetime

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
        self._touched_at: dict[BlobId, datetime] = {}

    @override
    async def put(self, content: bytes) -> BlobId:
        blob_id = blob_id_of(content)
        self.contents[blob_id] = content
        self._touched_at[blob_id] = datetime.now(UTC)
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

    @override
    async def forget(self, blob_id: BlobId, *, untouched_since: datetime) -> bool:
        if blob_id not in self.contents or self._touched_at[blob_id] >= untouched_since:
            return False
        del self.contents[blob_id], self._touched_at[blob_id]
        return True
