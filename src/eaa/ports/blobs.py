"""Bytes by their sha256."""

from datetime import datetime
from typing import Protocol

from eaa.domain.ids import BlobId


class Blobs(Protocol):
    """Keeps bytes under their content address. Safe to share between coroutines and processes."""

    async def put(self, content: bytes) -> BlobId:
        """Store bytes and return their address; storing the same bytes again changes nothing. Durable on return.

        Raises:
            DiskFull: Nothing was stored.
        """
        ...

    async def get(self, blob_id: BlobId) -> bytes:
        """Return the bytes, checked against their address.

        Raises:
            BlobNotFound: Nothing is stored under it.
            BlobCorrupt: The stored bytes have another hash.
        """
        ...

    async def forget(self, blob_id: BlobId, *, untouched_since: datetime) -> bool:
        """Remove bytes that nobody refers to, and return whether they were removed.

        What was put after the given time stays: whoever put it is about to refer to it.
        """
        ...
