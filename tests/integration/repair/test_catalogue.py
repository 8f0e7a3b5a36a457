"""The programs of the catalogue are right: they pass their own tests and the held-out ones."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROGRAMS = sorted((Path(__file__).parents[3] / "examples" / "repair" / "programs").glob("*.toml"))


@pytest.mark.slow
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_programs_pass_their_own_tests(path: Path, tmp_path: Path) -> None:
    program = tomllib.loads(path.read_text())
    files = {f"{path.stem}.py": program["source"], **program.get("files", {})}
    files |= {f"test_{name}.py": program[name] for name in ("tests", "held_out")}
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout
