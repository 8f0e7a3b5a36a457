"""Content addresses."""

import hashlib


def sha256_hex(content: bytes) -> str:
    """Return the lower-case hexadecimal SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def git_blob_hash(content: bytes) -> str:
    """Return the id git gives these bytes as a blob in a SHA-1 repository."""
    header = b"blob %d\0" % len(content)
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
