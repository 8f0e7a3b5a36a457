"""Reading exercises from folders and from SWE-bench's lines."""

import json
from pathlib import Path
from typing import Any

import pytest

from eaa.adapters.files.exercises import read_exercises, read_instances
from eaa.domain.errors import InvalidRequest
from eaa.domain.exercise import SourceKind
from eaa.domain.kind import Kind


def make_task(folder: Path, name: str = "one", **files: str) -> Path:
    contents = {"task.md": "Mend it", "project/a.py": "", "hidden/tests/test_a.py": "def test_a():\n    assert 1\n"}
    for path, content in {**contents, **{key.replace("__", "/"): value for key, value in files.items()}}.items():
        (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / name / path).write_text(content)
    return folder / name


def test_a_folder_of_plain_files_is_an_exercise(tmp_path: Path) -> None:
    task = make_task(tmp_path)
    (task / "task.toml").write_text('kind = "bug"\nfail_to_pass = ["tests/test_a.py::test_a"]\n')

    (exercise,) = read_exercises(tmp_path)

    assert (exercise.name, exercise.text, exercise.kind) == ("one", "Mend it", Kind.BUG)
    assert (exercise.source, exercise.source_kind) == (str(task / "project"), SourceKind.FOLDER)
    assert [change.path for change in exercise.hidden.files] == ["tests/test_a.py"]
    assert exercise.hidden.fail_to_pass == ("tests/test_a.py::test_a",)


def test_folders_without_a_request_are_passed_over_and_names_give_the_order(tmp_path: Path) -> None:
    make_task(tmp_path, "two")
    make_task(tmp_path, "one")
    (tmp_path / "notes").mkdir()

    assert [exercise.name for exercise in read_exercises(tmp_path)] == ["one", "two"]


def test_a_repository_and_a_bundle_are_told_from_a_folder(tmp_path: Path) -> None:
    (make_task(tmp_path, "a") / "project/.git").mkdir()
    (make_task(tmp_path, "b") / "repository.bundle").write_bytes(b"")

    assert [one.source_kind for one in read_exercises(tmp_path)] == [SourceKind.REPOSITORY, SourceKind.BUNDLE]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ("kind = 'chore'", "is no kind"),
        ("knd = 'bug'", "nothing is called 'knd'"),
        ("base = 3", "must be a text"),
        ("fail_to_pass = 'x'", "list of names"),
        ("kind =", "not TOML"),
    ],
)
def test_facts_that_cannot_be_used_are_refused(tmp_path: Path, facts: str, words: str) -> None:
    (make_task(tmp_path) / "task.toml").write_text(facts)

    with pytest.raises(InvalidRequest, match=words):
        read_exercises(tmp_path)


def test_a_hidden_file_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (make_task(tmp_path) / "hidden/link.py").symlink_to(tmp_path)

    with pytest.raises(InvalidRequest, match="no link"):
        read_exercises(tmp_path)


def test_no_task_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="holds no task"):
        read_exercises(tmp_path)


def make_row(**changes: Any) -> dict[str, Any]:
    return {
        "instance_id": "o__r-1",
        "repo": "o/r",
        "base_commit": "0" * 40,
        "problem_statement": "Mend it",
        "test_patch": "diff --git a/x b/x\n",
        "FAIL_TO_PASS": '["t.py::a"]',
        "PASS_TO_PASS": ["t.py::b"],
        "hints_text": "left alone",
    } | changes


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    (folder / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder / "rows.jsonl"


@pytest.mark.parametrize("place", ["o/r", "o__r", "r", "r.git"])
def test_an_instance_finds_its_repository_under_its_usual_names(tmp_path: Path, place: str) -> None:
    (tmp_path / "repositories" / place).mkdir(parents=True)

    (exercise,) = read_instances(written(tmp_path, make_row()), tmp_path / "repositories")

    assert exercise.source == str(tmp_path / "repositories" / place)
    assert (exercise.hidden.fail_to_pass, exercise.hidden.pass_to_pass) == (("t.py::a",), ("t.py::b",))
    assert exercise.base == "0" * 40


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (make_row(repo="../r"), "no name of a repository"),
        (make_row(repo="o/other"), "no folder for o/other"),
        (make_row(base_commit=""), "has no base_commit"),
        (make_row(FAIL_TO_PASS="not json"), "list of names"),
    ],
)
def test_an_instance_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, row: dict[str, Any], words: str
) -> None:
    (tmp_path / "r").mkdir()

    with pytest.raises(InvalidRequest, match=rf"rows.jsonl:2.*{words}"):
        read_instances(written(tmp_path, make_row(instance_id="o__r-0"), row), tmp_path)


def test_two_instances_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()

    with pytest.raises(InvalidRequest, match="twice"):
        read_instances(written(tmp_path, make_row(), make_row()), tmp_path)
