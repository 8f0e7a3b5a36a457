"""`eaa check` as a real process, on real repositories."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = {
    "pyproject.toml": '[project]\nname = "p"\nversion = "1"\n[tool.pytest.ini_options]\npythonpath = ["."]\n'
    "[tool.ruff]\nline-length = 100\n",
    "sums.py": "def add(a, b):\n    return a + b\n",
    "tests/test_sums.py": "from sums import add\n\n\ndef test_right():\n    assert add(1, 2) == 3\n\n\n"
    "def test_wrong():\n    assert add(1, 2) == 4\n",
    "AGENTS.md": "Be kind.\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for a repository."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def _write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def _commit(folder: Path, files: dict[str, str]) -> None:
    _write(folder, files)
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "start"]):
        subprocess.run(["git", "-c", "user.name=p", "-c", "user.email=p@p.invalid", *command], cwd=folder, check=True)


def _check(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    ended = subprocess.run(
        [sys.executable, "-m", "eaa", "check", "--repo", str(folder), "--json", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder.parent,
        env={**os.environ, "EAA_HOME": str(folder.parent / "home")},
        timeout=120,
    )
    return ended.returncode, json.loads(ended.stdout)


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.sandbox
def test_everything_a_person_wants_to_know_is_said_and_nothing_is_changed(folder: Path) -> None:
    _commit(folder, PROJECT)
    (folder / "dirty.txt").write_text("not committed")
    before = _content(folder)

    code, said = _check(folder, "--python", sys.executable, "--limit-s", "300")

    assert code == 0
    assert _content(folder) == before
    assert said["project"]["language"] == "python"
    assert [suite["framework"] for suite in said["project"]["suites"]] == ["pytest"]
    assert said["project"]["suites"][0]["command"]["path"] == "pyproject.toml"
    assert said["project"]["quality_tools"][0]["name"] == "ruff check"
    assert said["baseline"]["passing"] == ["tests/test_sums.py::test_right"]
    assert [result["test"] for result in said["baseline"]["failing"]] == ["tests/test_sums.py::test_wrong"]
    assert said["runs"] == 3
    assert said["checkout"]["dirty_paths"] == ["dirty.txt"]
    assert said["instructions"] == ["AGENTS.md"]
    assert said["environment"]["key"]
    assert said["sandbox"]


@pytest.mark.sandbox
def test_tests_that_never_end_do_not_hold_the_check_up(folder: Path) -> None:
    _commit(folder, {**PROJECT, "tests/test_sums.py": "def test_forever():\n    while True:\n        pass\n"})

    code, said = _check(folder, "--python", sys.executable, "--limit-s", "2")

    assert code == 0
    assert said["baseline"] is None
    assert "longer than 2 s" in said["baseline_problem"]
    assert list((folder.parent / "home/workspaces").iterdir()) == []


@pytest.mark.sandbox
def test_without_tests_nothing_is_counted(folder: Path) -> None:
    _commit(folder, {"sums.py": PROJECT["sums.py"]})

    code, said = _check(folder, "--python", sys.executable)

    assert code == 0
    assert said["baseline"] is None
    assert said["runs"] == 0
    assert "no tests were found" in said["baseline_problem"]


def test_a_repository_of_no_known_language_has_no_environment(folder: Path) -> None:
    _commit(folder, {"README": "nothing here"})

    code, said = _check(folder)

    assert code == 6
    assert said["environment_problem"]["code"] == "environment.missing"
    assert said["environment_problem"]["hint"]


@pytest.mark.parametrize("state", ["no repository", "no commit", "no folder"])
def test_what_is_no_repository_is_two(folder: Path, state: str) -> None:
    if state == "no commit":
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)

    code, said = _check(folder if state != "no folder" else folder / "nowhere")

    assert code == 2
    assert said["error"]["code"] == "repository.unusable"
    assert said["error"]["hint"]
