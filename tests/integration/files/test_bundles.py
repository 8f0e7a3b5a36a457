"""Bundles that anybody may have made."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from eaa.adapters.files import bundles
from eaa.adapters.files.bundles import RECORDING, REPOSITORY, read_bundle, write_bundle
from eaa.domain.errors import BundleUnreadable, InvalidRequest


def packed(path: Path, *members: tarfile.TarInfo, content: bytes = b"{}") -> Path:
    """Write an archive of members that all have the same content."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member in members:
            member.size = len(content) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(content))
    path.write_bytes(gzip.compress(archive.getvalue()))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, *, target: str = "") -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.type, header.linkname = kind, target
    return header


def test_what_was_written_is_read_again_and_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_bundle(tmp_path / name, recording=b'{"a":1}', repository=b"pack")

    assert read_bundle(tmp_path / "one") == (b'{"a":1}', b"pack")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_bundle_may_hold_the_record_alone(tmp_path: Path) -> None:
    write_bundle(tmp_path / "one", recording=b"{}", repository=None)

    assert read_bundle(tmp_path / "one") == (b"{}", None)


def test_a_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("mine")

    with pytest.raises(InvalidRequest, match="is there already"):
        write_bundle(tmp_path / "one", recording=b"{}", repository=None)

    assert (tmp_path / "one").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize(
    "strange",
    [
        member("../recording.json"),
        member("/etc/passwd"),
        member("./recording.json"),
        member("notes.txt"),
        member(RECORDING, tarfile.SYMTYPE, target="/etc/passwd"),
        member(REPOSITORY, tarfile.LNKTYPE, target=RECORDING),
        member(REPOSITORY, tarfile.DIRTYPE),
        member(REPOSITORY, tarfile.CHRTYPE),
        member(REPOSITORY, tarfile.FIFOTYPE),
        member(RECORDING),
    ],
    ids=lambda header: f"{header.name} {header.type!r}",
)
def test_a_member_that_is_no_part_of_a_bundle_is_refused(tmp_path: Path, strange: tarfile.TarInfo) -> None:
    path = packed(tmp_path / "bundle", member(RECORDING), strange)

    with pytest.raises(BundleUnreadable, match="no part of one"):
        read_bundle(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"noise", gzip.compress(b"noise", mtime=0), gzip.compress(b"x" * 100_000, mtime=0)[:-40]],
    ids=["nothing", "no archive", "an archive of no files", "a cut archive"],
)
def test_noise_is_no_bundle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "noise").write_bytes(content)

    with pytest.raises(BundleUnreadable):
        read_bundle(tmp_path / "noise")


def test_an_archive_without_a_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleUnreadable, match="no record"):
        read_bundle(packed(tmp_path / "bundle", member(REPOSITORY)))


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "_LARGEST_BYTES", 1_000_000)
    (tmp_path / "bomb").write_bytes(gzip.compress(bytes(5_000_000)))

    with pytest.raises(BundleUnreadable, match="more than any bundle"):
        read_bundle(tmp_path / "bomb")


def test_a_file_that_is_larger_than_any_bundle_is_not_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "LARGEST_FILE_BYTES", 100)
    (tmp_path / "large").write_bytes(bytes(101))

    with pytest.raises(BundleUnreadable, match="larger than any bundle"):
        read_bundle(tmp_path / "large")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BundleUnreadable, match="cannot be read"):
        read_bundle(tmp_path / "nothing")
