"""A project of which no test can start, to a real `eaa`: every command says why and what to do, and ends with 6."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sandbox

FILES = {
    "pyproject.toml": '[project]\nname = "p"\nversion = "1"\n[tool.pytest.ini_options]\npythonpath = ["."]\n',
    "sums.py": "def add(a, b):\n    return a - b\n",
    "tests/test_sums.py": "from sums import add\n\n\ndef test_zero():\n    assert add(1, 0) == 1\n",
}
CONFTEST = "raise ValueError('no database')\n"
COMMANDS = {
    "check": ("check", "--repo", ".", "--limit-s", "300"),
    "run": ("run", "add(1, 1) should be 2", "--repo", ".", "--offline", "--yes"),
    "prove": ("prove", "change", "--base", "main", "--repo", "."),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a branch `change` that mends the code and adds a test."""
    folder = tmp_path / "project"
    folder.mkdir()
    _git(folder, "init", "-q", "-b", "main")
    return folder


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=p", "-c", "user.email=p@p.invalid", *words], cwd=folder, check=True)


def _commit(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    _git(folder, "add", ".")
    _git(folder, "commit", "-q", "-m", "files")


def _commit_both_sides(folder: Path, base: dict[str, str]) -> None:
    _commit(folder, base)
    _git(folder, "switch", "-q", "-c", "change")
    test = base["tests/test_sums.py"] + "\n\ndef test_one():\n    assert add(1, 1) == 2\n"
    _commit(folder, {"sums.py": "def add(a, b):\n    return a + b\n", "tests/test_sums.py": test})
    _git(folder, "switch", "-q", "main")


def _eaa(folder: Path, *words: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-m", "eaa", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "EAA_HOME": str(folder.parent / "home")},
        timeout=240,
    )
    said = ended.stdout + ended.stderr
    assert "Traceback" not in said
    return ended.returncode, said


def _interpreter_that_breaks(folder: Path) -> Path:
    """Make something that is called python and is none."""
    place = folder / "bin" / "python"
    place.parent.mkdir(parents=True)
    place.write_text("#!/bin/sh\nexit 3\n")
    place.chmod(0o755)
    return place


def _interpreter_without_pytest(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin" / "python"


@pytest.mark.parametrize("command", list(COMMANDS))
def test_a_conftest_that_raises_is_named(project: Path, command: str) -> None:
    _commit_both_sides(project, {**FILES, "conftest.py": CONFTEST})

    code, said = _eaa(project, *COMMANDS[command], "--python", sys.executable)

    assert code == 6
    assert "The tests could not start: conftest.py raises ValueError: no database. Mend that file" in said
    assert "verdict: failed" not in said


def test_an_interpreter_without_pytest_is_named(project: Path) -> None:
    _commit_both_sides(project, FILES)
    python = _interpreter_without_pytest(project.parent / "empty")

    code, said = _eaa(project, *COMMANDS["run"], "--python", str(python))

    assert code == 6
    assert f"{python} has no usable pytest" in said
    assert "-m pip install pytest" in said


def test_an_interpreter_that_does_not_run_is_named(project: Path) -> None:
    _commit_both_sides(project, FILES)
    python = _interpreter_that_breaks(project.parent / "broken")

    code, said = _eaa(project, *COMMANDS["prove"], "--python", str(python))

    assert code == 6
    assert "does not run as Python in the sandbox" in said
    assert "--python PATH" in said


def test_the_fault_is_in_the_one_object_of_a_script_too(project: Path) -> None:
    _commit_both_sides(project, {**FILES, "conftest.py": CONFTEST})

    code, said = _eaa(project, *COMMANDS["check"], "--json", "--python", sys.executable)

    problem = json.loads(said)["environment_problem"]
    assert code == 6
    assert problem["code"] == "environment.tests_cannot_start"
    assert "conftest.py raises ValueError" in problem["message"]


def test_a_branch_that_mends_the_conftest_is_proved_all_the_same(project: Path) -> None:
    _commit_both_sides(project, {**FILES, "conftest.py": CONFTEST})
    _git(project, "switch", "-q", "change")
    _commit(project, {"conftest.py": ""})

    code, said = _eaa(project, *COMMANDS["prove"], "--python", sys.executable)

    assert code == 0
    assert "verdict: done" in said
