"""What is made for its owner alone is so in every part of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from eaa.kit.private_files import make_private_file, make_private_folder


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    """Return a path's permissions."""
    return path.stat().st_mode & 0o777


def test_every_folder_that_was_missing_is_its_owners_and_the_others_stay(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir(mode=0o755)

    for _ in range(2):
        make_private_folder(there / "home" / "slots")

    assert (mode(there), mode(there / "home"), mode(there / "home" / "slots")) == (0o755, 0o700, 0o700)


def test_a_file_in_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "home").touch()

    with pytest.raises(OSError, match="home"):
        make_private_folder(tmp_path / "home" / "slots")


def test_a_file_is_made_for_its_owner_and_one_that_is_there_is_mended_with_its_content(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    for name in ("old", "old-wal"):
        (tmp_path / name).write_text("content")
        (tmp_path / name).chmod(0o664)

    make_private_file(new, beside=["-wal"])
    make_private_file(old, beside=["-wal"])
    make_private_file(tmp_path / "nowhere" / "file")

    assert [mode(one) for one in (new, old, tmp_path / "old-wal")] == [0o600] * 3
    assert (old.read_text(), sorted(path.name for path in tmp_path.iterdir())) == ("content", ["new", "old", "old-wal"])
