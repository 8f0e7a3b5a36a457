"""Blobs on a real disk."""

import errno
import os
import stat
from pathlib import Path

import pytest

from eaa.adapters.files.blobs import FileBlobs
from eaa.domain.blob import blob_id_of
from eaa.domain.errors import BlobCorrupt, BlobNotFound, DiskFull


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_blob_lies_two_folders_deep_under_its_hash(tmp_path: Path) -> None:
    blob_id = await FileBlobs(tmp_path).put(b"content")

    name = blob_id.removeprefix("sha256:")
    assert files_below(tmp_path) == [tmp_path / name[:2] / name[2:4] / name]


async def test_a_changed_file_is_told_and_putting_it_again_mends_it(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    blob_id = await blobs.put(b"content")
    files_below(tmp_path)[0].write_bytes(b"c0ntent")

    with pytest.raises(BlobCorrupt):
        await blobs.get(blob_id)

    await blobs.put(b"content")
    assert await blobs.get(blob_id) == b"content"


async def test_a_blob_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    await FileBlobs(tmp_path).put(b"content")

    assert stat.S_IMODE(files_below(tmp_path)[0].stat().st_mode) == 0o600


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(_: int) -> None:
        raise OSError(code, os.strerror(code))

    blobs = FileBlobs(tmp_path / "blobs")
    await blobs.put(b"before")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(DiskFull):
            await blobs.put(b"content")

    assert len(files_below(tmp_path)) == 1
    with pytest.raises(BlobNotFound):
        await blobs.get(blob_id_of(b"content"))
