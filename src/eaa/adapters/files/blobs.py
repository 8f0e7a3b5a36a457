"""Bytes in files, two folder levels deep, named by their hash."""

import asyncio
import errno
import os
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from typing_extensions import override

from eaa.domain.blob import blob_id_of
from eaa.domain.errors import BlobCorrupt, BlobNotFound, DiskFull
from eaa.domain.ids import BlobId
from eaa.kit.private_files import make_private_folder
from eaa.ports.blobs import Blobs

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class FileBlobs(Blobs):
    """Keeps each blob in `<folder>/ab/cd/<hash>`. A file appears whole or not at all, and is on the disk by then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    async def put(self, content: bytes) -> BlobId:
        return await asyncio.to_thread(self._put, content)

    @override
    async def get(self, blob_id: BlobId) -> bytes:
        return await asyncio.to_thread(self._get, blob_id)

    @override
    async def forget(self, blob_id: BlobId, *, untouched_since: datetime) -> bool:
        return await asyncio.to_thread(self._forget, blob_id, untouched_since)

    def _put(self, content: bytes) -> BlobId:
        blob_id = blob_id_of(content)
        path = self._path(blob_id)
        if _holds(path, content):
            with suppress(FileNotFoundError):
                os.utime(path)
            # It may have been taken away in between, as one that nobody needs.
            if path.exists():
                return blob_id
        try:
            _make_folder(path.parent, below=self._folder)
            _write_whole(path, content)
        except OSError as error:
            if error.errno in _FULL:
                raise DiskFull(path=str(self._folder)) from error
            raise
        return blob_id

    def _get(self, blob_id: BlobId) -> bytes:
        try:
            content = self._path(blob_id).read_bytes()
        except FileNotFoundError:
            raise BlobNotFound(blob_id=blob_id) from None
        if blob_id_of(content) != blob_id:
            raise BlobCorrupt(blob_id=blob_id)
        return content

    def _forget(self, blob_id: BlobId, untouched_since: datetime) -> bool:
        path = self._path(blob_id)
        aside = path.with_name(f".old-{path.name}")
        try:
            if path.stat().st_mtime >= untouched_since.timestamp():
                return False
            path.replace(aside)
            if aside.stat().st_mtime >= untouched_since.timestamp():
                # Put again in the very moment.
                aside.replace(path)
                return False
            aside.unlink()
        except FileNotFoundError:
            return False
        return True

    def _path(self, blob_id: BlobId) -> Path:
        algorithm, _, name = blob_id.partition(":")
        if algorithm != "sha256" or len(name) != 64 or set(name) - set("0123456789abcdef"):
            raise BlobNotFound(blob_id=blob_id)
        return self._folder / name[:2] / name[2:4] / name


def _holds(path: Path, content: bytes) -> bool:
    """Return whether the file is there with these bytes; a corrupt one is written again."""
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return False


def _make_folder(folder: Path, *, below: Path) -> None:
    """Make the folder and put its name, and those of its new parents, on the disk."""
    if folder.is_dir():
        return
    make_private_folder(folder)
    while folder != below:
        folder = folder.parent
        _sync_folder(folder)


def _write_whole(path: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - the pair of mkstemp
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Put the folder's own entries on the disk; a rename is not durable before that."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
