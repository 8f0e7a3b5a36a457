"""Exercises as people keep them: a folder of folders, or lines of JSON in the form of SWE-bench."""

import json
import stat
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from eaa.domain.errors import InvalidRequest
from eaa.domain.exercise import Exercise, HiddenTests, SourceKind
from eaa.domain.ids import TestId
from eaa.domain.kind import Kind
from eaa.domain.repository import FileChange, FileMode

REQUEST_FILE, FACTS_FILE, HIDDEN_FOLDER = "task.md", "task.toml", "hidden"
PROJECT_FOLDER, BUNDLE_FILE = "project", "repository.bundle"
_FACTS = frozenset({"kind", "base", "repository", "fail_to_pass", "pass_to_pass"})
_LEFT_BEHIND = frozenset({"__pycache__", ".pytest_cache"})
_HINT = "docs/bench-tasks.md says what a task looks like."


def read_exercises(folder: Path) -> tuple[Exercise, ...]:
    """Return the tasks of a folder by name: every folder in it that holds a `task.md`.

    Raises:
        InvalidRequest: There is none, or one of them is not as it must be.
    """
    found = tuple(_exercise(path.parent) for path in sorted(folder.glob(f"*/{REQUEST_FILE}")))
    if not found:
        raise InvalidRequest(f"{folder} holds no task: no folder in it has a {REQUEST_FILE}", hint=_HINT)
    return found


def read_instances(file: Path, repositories: Path) -> tuple[Exercise, ...]:
    """Return the instances of a file in SWE-bench's form, in its order.

    Args:
        file: One JSON object a line: `instance_id`, `repo`, `base_commit`, `problem_statement`, `test_patch`,
            `FAIL_TO_PASS`, `PASS_TO_PASS` (the last two lists, or lists written as JSON texts).
        repositories: Where the repository `owner/name` is found as `owner/name`, `owner__name` or `name`.

    Raises:
        InvalidRequest: A line cannot be used, or a repository is not there.
    """
    exercises: list[Exercise] = []
    for number, line in enumerate(_text(file).splitlines(), start=1):
        if line.strip():
            exercises.append(_instance(line, f"{file}:{number}", repositories))
    if not exercises:
        raise InvalidRequest(f"{file} holds no instance", hint=_HINT)
    names = [one.name for one in exercises]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidRequest(f"{file} holds {twice} twice", hint="An instance_id must name one instance.")
    return tuple(exercises)


def _exercise(folder: Path) -> Exercise:
    facts = _facts(folder / FACTS_FILE)
    hidden = HiddenTests(
        files=_files(folder / HIDDEN_FOLDER),
        fail_to_pass=_tests(facts.get("fail_to_pass", []), folder / FACTS_FILE),
        pass_to_pass=_tests(facts.get("pass_to_pass", []), folder / FACTS_FILE),
    )
    if not hidden.files:
        _refuse(folder, f"it has no tests in {HIDDEN_FOLDER}/")
    source, kind = _source(folder, facts)
    text = _text(folder / REQUEST_FILE)
    if not text.strip():
        _refuse(folder, f"its {REQUEST_FILE} is empty")
    return Exercise(
        name=folder.name,
        text=text,
        source=str(source.absolute()),
        source_kind=kind,
        base=facts.get("base"),
        kind=_kind(facts.get("kind"), folder),
        hidden=hidden,
    )


def _source(folder: Path, facts: Mapping[str, Any]) -> tuple[Path, SourceKind]:
    if "repository" in facts:
        return (folder / str(facts["repository"])).resolve(), SourceKind.REPOSITORY
    if (folder / BUNDLE_FILE).is_file():
        return folder / BUNDLE_FILE, SourceKind.BUNDLE
    project = folder / PROJECT_FOLDER
    if not project.is_dir():
        _refuse(folder, f"it has neither {PROJECT_FOLDER}/ nor {BUNDLE_FILE}, and {FACTS_FILE} names no repository")
    return project, SourceKind.REPOSITORY if (project / ".git").exists() else SourceKind.FOLDER


def _facts(file: Path) -> Mapping[str, Any]:
    if not file.exists():
        return {}
    try:
        facts = tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        _refuse(file, f"it is not TOML: {error}")
    unknown = sorted(facts.keys() - _FACTS)
    if unknown:
        _refuse(file, f"nothing is called {unknown[0]!r} there; known are {', '.join(sorted(_FACTS))}")
    for name in ("base", "repository", "kind"):
        if not isinstance(facts.get(name, ""), str):
            _refuse(file, f"{name} must be a text")
    return facts


def _files(folder: Path) -> tuple[FileChange, ...]:
    changes = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            _refuse(path, "a hidden file may be no link")
        if path.is_dir() or not _LEFT_BEHIND.isdisjoint(path.relative_to(folder).parts):
            continue
        mode = FileMode.EXECUTABLE if path.stat().st_mode & stat.S_IXUSR else FileMode.REGULAR
        changes.append(FileChange(path.relative_to(folder).as_posix(), path.read_bytes(), mode))
    return tuple(changes)


def _instance(line: str, where: str, repositories: Path) -> Exercise:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        _refuse(where, f"it is not JSON: {error}")
    if not isinstance(row, dict):
        _refuse(where, "it is no JSON object")
    name, repo, base, text, patch = (
        _field(row, key, where) for key in ("instance_id", "repo", "base_commit", "problem_statement", "test_patch")
    )
    return Exercise(
        name=name,
        text=text,
        source=str(_repository(repo, repositories, where)),
        source_kind=SourceKind.REPOSITORY,
        base=base,
        kind=None,
        hidden=HiddenTests(
            patch=patch.encode(),
            fail_to_pass=_tests(row.get("FAIL_TO_PASS"), where),
            pass_to_pass=_tests(row.get("PASS_TO_PASS", []), where),
        ),
    )


def _field(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        _refuse(where, f"it has no {key}")
    return value


def _repository(name: str, repositories: Path, where: str) -> Path:
    owner, _, last = name.rpartition("/")
    if ".." in name.split("/") or name.startswith("/"):
        _refuse(where, f"{name!r} is no name of a repository")
    candidates = [one for stem in (name, f"{owner}__{last}", last) for one in (stem, f"{stem}.git")]
    found = next((path for one in candidates if (path := repositories / one).is_dir()), None)
    if found is None:
        _refuse(where, f"{repositories} holds no folder for {name}")
    return found.absolute()


def _tests(value: object, where: object) -> tuple[TestId, ...]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, Sequence) or not all(isinstance(one, str) and one for one in value):
        _refuse(where, "the tests that must pass must be a list of names")
    return tuple(map(TestId, value))


def _kind(value: str | None, folder: Path) -> Kind | None:
    if value is None:
        return None
    try:
        return Kind(value)
    except ValueError:
        _refuse(folder, f"{value!r} is no kind; kinds are {', '.join(Kind)}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        _refuse(path, f"it cannot be read: {error}")


def _refuse(where: object, because: str) -> NoReturn:
    raise InvalidRequest(f"{where}: {because}", hint=_HINT)
