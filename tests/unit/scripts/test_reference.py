"""The reference pages derive from the code, the same every time."""

from pathlib import Path

from scripts.reference import main


def test_writing_the_reference_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        assert main([str(tmp_path / name)]) == 0

    first = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
    second = {path.name: path.read_bytes() for path in (tmp_path / "second").iterdir()}
    assert first == second
    assert "evidence.schema.json" in first
