"""Bytes by their content address."""

from eaa.domain.ids import BlobId
from eaa.kit.digest import sha256_hex

INLINE_LIMIT_BYTES = 16 * 1024
"""Rows hold at most this many bytes inline; larger content is a blob."""


def blob_id_of(content: bytes) -> BlobId:
    """Return the address of some bytes."""
    return BlobId(f"sha256:{sha256_hex(content)}")
