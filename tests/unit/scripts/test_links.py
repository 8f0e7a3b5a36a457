"""The documents lead nowhere dead."""

from pathlib import Path

import pytest

from scripts.links import dead_ends


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/there.md").write_text("")
    return tmp_path / "README.md"


def test_a_link_to_a_missing_file_is_named(document: Path) -> None:
    document.write_text("[a](docs/there.md#part) [b](docs/gone.md) [c](https://example.org/x)")

    assert list(dead_ends(document)) == [f"{document}: the link to docs/gone.md leads nowhere"]


def test_a_file_named_in_the_text_must_exist(document: Path) -> None:
    document.write_text("See `docs/there.md` and `src/eaa/gone.py`, not `make docs`.")

    assert list(dead_ends(document)) == [f"{document}: names src/eaa/gone.py, which does not exist"]


def test_code_blocks_are_examples_and_may_name_anything(document: Path) -> None:
    document.write_text("```\n[a](gone.md)\n```\n")

    assert list(dead_ends(document)) == []
