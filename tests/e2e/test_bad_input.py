"""What people give by mistake, to a real `eaa`: it says what is wrong, keeps everything, ends with the right code."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "demo" / "told-in-words"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for a repository."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def _commit(folder: Path) -> None:
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "start"]):
        subprocess.run(["git", "-c", "user.name=p", "-c", "user.email=p@p.invalid", *command], cwd=folder, check=True)


def _project(folder: Path) -> Path:
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    _commit(folder)
    return folder


def _eaa(folder: Path, *arguments: str, path: str | None = None) -> tuple[int, str]:
    """Return the exit code and everything that was said; a traceback never is."""
    ended = subprocess.run(
        [sys.executable, "-m", "eaa", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "EAA_HOME": str(folder.parent / "home"), "PATH": path or os.environ["PATH"]},
        timeout=120,
    )
    said = ended.stdout + ended.stderr
    assert "Traceback" not in said
    return ended.returncode, said


@pytest.mark.parametrize(
    ("text", "because"),
    [("  \n", "the issue is empty"), ("a" * 1_000_001, "the issue is larger than 1 MB"), (None, "cannot be read")],
)
def test_an_issue_nobody_can_work_on_is_two(folder: Path, text: str | None, because: str) -> None:
    if text is not None:
        (folder / "issue.md").write_text(text)

    code, said = _eaa(folder, "run", "issue.md")

    assert (code, because in said) == (2, True)
    assert not (folder.parent / "home").exists()


@pytest.mark.sandbox
def test_a_folder_without_a_repository_is_two(folder: Path) -> None:
    code, said = _eaa(folder, "run", "f(1) should be 2")

    assert code == 2
    assert "not a git repository" in said
    assert "Give the path of a git repository" in said


@pytest.mark.sandbox
def test_a_repository_without_a_commit_is_two(folder: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)

    code, said = _eaa(folder, "run", "f(1) should be 2")

    assert code == 2
    assert "no commit yet" in said


@pytest.mark.sandbox
def test_an_unknown_base_is_two(folder: Path) -> None:
    code, said = _eaa(_project(folder), "run", "issue.md", "--base", "nowhere")

    assert code == 2
    assert "no commit is called 'nowhere'" in said


@pytest.mark.sandbox
def test_an_unknown_run_is_two(folder: Path) -> None:
    code, said = _eaa(folder, "resume", "nobody")

    assert code == 2
    assert "no run is called nobody" in said


@pytest.mark.parametrize("content", [None, "{bad", "[]"])
def test_evidence_nobody_can_read_is_two(folder: Path, content: str | None) -> None:
    if content is not None:
        (folder / "evidence.json").write_text(content)

    code, said = _eaa(folder, "verify", "evidence.json")

    assert code == 2
    assert said.startswith("eaa: ")


@pytest.mark.sandbox
def test_a_repository_without_python_is_six(folder: Path) -> None:
    (folder / "README").write_text("nothing here")
    _commit(folder)

    code, said = _eaa(folder, "run", "f(1) should be 2")

    assert code == 6
    assert "holds no Python files" in said


@pytest.mark.sandbox
def test_missing_packages_wait_for_a_yes(folder: Path) -> None:
    (folder / "requirements.txt").write_text("nobody-wrote-this-package==1.0\n")

    code, said = _eaa(_project(folder), "run", "issue.md")

    assert code == 4
    assert "nobody-wrote-this-package==1.0" in said
    assert "--yes" in said


def test_no_working_sandbox_points_to_the_doctor(folder: Path) -> None:
    tools = folder.parent / "tools"
    tools.mkdir()
    git = shutil.which("git")
    assert git is not None
    (tools / "git").symlink_to(git)

    code, said = _eaa(_project(folder), "run", "issue.md", path=str(tools))

    assert code == 1
    assert "no working sandbox" in said
    assert "eaa doctor" in said


@pytest.mark.sandbox
def test_a_database_of_a_newer_version_is_left_alone(folder: Path) -> None:
    _eaa(folder, "resume")
    database = folder.parent / "home" / "eaa.sqlite"
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    code, said = _eaa(folder, "resume")

    assert code == 1
    assert "revision 9999" in said
    assert "Upgrade eaa" in said


@pytest.mark.sandbox
def test_a_wish_without_an_example_asks_for_one(folder: Path) -> None:
    code, said = _eaa(_project(folder), "run", "Add a command to export all as PDF.", "--offline")

    assert code == 4
    assert "Give an example" in said
