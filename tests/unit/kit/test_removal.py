"""Folders that resist are removed all the same."""

import os
from pathlib import Path

import pytest

from eaa.kit.removal import remove_tree


def test_a_tree_deeper_than_any_path_is_removed(tmp_path: Path) -> None:
    here = Path.cwd()
    (tmp_path / "top").mkdir()
    try:
        os.chdir(tmp_path / "top")
        for _ in range(3000):
            Path("deep").mkdir()
            os.chdir("deep")
    finally:
        os.chdir(here)

    remove_tree(tmp_path / "top")

    assert list(tmp_path.iterdir()) == []


def test_folders_without_permissions_are_removed(tmp_path: Path) -> None:
    inner = tmp_path / "top/locked/inner"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    for folder in (inner, inner.parent, tmp_path / "top"):
        folder.chmod(0)

    remove_tree(tmp_path / "top")

    assert list(tmp_path.iterdir()) == []


def test_what_links_point_to_stays(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir(mode=0o755)
    (tmp_path / "outside/file").write_text("x")
    (tmp_path / "top").mkdir()
    (tmp_path / "top/folder").symlink_to(tmp_path / "outside")
    (tmp_path / "top/gone").symlink_to(tmp_path / "nowhere")

    remove_tree(tmp_path / "top")

    assert [path.name for path in tmp_path.rglob("*")] == ["outside", "file"]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        remove_tree(tmp_path / "nothing")
