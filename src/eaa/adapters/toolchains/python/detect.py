"""What a Python repository is made of at one commit, read through git only."""

import posixpath
import re
from collections.abc import Mapping, Sequence

from eaa.adapters.toolchains.python.manifests import (
    LOCK_FILES,
    Declared,
    is_manifest,
    read_manifests,
)
from eaa.adapters.toolchains.python.quality import SETTINGS_FILES, quality_tools
from eaa.adapters.toolchains.python.requirements import needed_for_tests
from eaa.adapters.toolchains.python.suites import find_suites, holds_tests, is_looked_at, may_hold_tests
from eaa.domain.ids import CommitId
from eaa.domain.project import Finding, Project
from eaa.domain.repository import FileMode, Repository
from eaa.ports.repositories import Repositories

_SKIPPED = frozenset(
    ("venv", "env", "node_modules", "build", "dist", "vendor", "_vendor", "vendored", "third_party", "__pycache__")
)
_RUNNER_FILES = {"tox.ini": "tox", "noxfile.py": "nox"}
_MAKEFILES = ("Makefile", "makefile", "GNUmakefile")
_LISTING = re.compile("require|constrain")
_NOT_SOURCE = frozenset(("conftest.py", "setup.py", "noxfile.py"))


async def detect_project(repositories: Repositories, repository: Repository, commit: CommitId) -> Project | None:
    """Return the Python project at a commit, or None when there is no Python file in it.

    Files are read, never run; a broken one leaves a note.
    """
    entries = await repositories.list_files(repository, commit)
    regular = [entry.path for entry in entries if entry.mode in {FileMode.REGULAR, FileMode.EXECUTABLE}]
    paths = [path for path in regular if not is_skipped(path)]
    python = [path for path in paths if path.endswith(".py")]
    if not python:
        return None
    wanted = [path for path in paths if _is_read(path)]
    candidates = [path for path in python if may_hold_tests(path) or posixpath.basename(path) == "conftest.py"]
    contents = await repositories.read_files(repository, commit, [*wanted, *candidates])
    files = {path: contents[path] for path in wanted if path in contents}
    tests = {path: contents[path] for path in candidates if holds_tests(path, contents.get(path, b""))}
    declared = read_manifests([path for path in files if _is_parsed(path)], files)
    # Requirements files for other purposes are only read where one for tests includes them.
    tests = {path: content for path, content in tests.items() if is_looked_at(path, files, declared)}
    for_tests = needed_for_tests(
        declared.for_tests,
        code=[contents[path] for path in candidates if path in contents],
        settings=[content for path, content in files.items() if path.endswith((".toml", ".cfg", ".ini"))],
    )
    needed = tuple(dict.fromkeys(text.strip() for text in (*declared.needed, *for_tests)))
    return _project(python, files, tests, declared, needed)


def is_skipped(path: str) -> bool:
    """Return whether a file lies in a folder of somebody else's code, of build results, or in a hidden one."""
    return any(part in _SKIPPED or part.startswith(".") for part in path.split("/")[:-1])


def _is_read(path: str) -> bool:
    name = posixpath.basename(path)
    is_settings = name in {*SETTINGS_FILES, *_RUNNER_FILES, *_MAKEFILES, *LOCK_FILES, "pytest.ini", ".pytest.ini"}
    return is_manifest(path) or is_settings or (name.endswith(".txt") and _LISTING.search(path) is not None)


def _project(
    python: Sequence[str],
    files: Mapping[str, bytes],
    tests: Mapping[str, bytes],
    declared: Declared,
    needed: tuple[str, ...],
) -> Project:
    return Project(
        language="python",
        language_requirement=declared.requires_python,
        package_manager=_package_manager(declared, files),
        runners=_runners(files),
        manifests=tuple(sorted({*filter(is_manifest, files), *declared.included})),
        lock_files=tuple(sorted({*filter(_is_lock, files), *declared.constraints})),
        dependencies=needed,
        suites=find_suites(python, tests, files, declared),
        source_paths=tuple(sorted(path for path in python if path not in tests and _is_source(path))),
        quality_tools=quality_tools(declared, files),
        notes=tuple(declared.notes),
    )


def _is_lock(path: str) -> bool:
    return posixpath.basename(path) in LOCK_FILES


def _is_parsed(path: str) -> bool:
    name = posixpath.basename(path)
    return is_manifest(path) or name in {"tox.ini", "pytest.ini", ".pytest.ini", "ruff.toml", ".ruff.toml"}


def _is_source(path: str) -> bool:
    parts = path.split("/")
    is_documentation = parts[-1] == "conf.py" and len(parts) > 1 and parts[-2] in {"docs", "doc", "source"}
    is_beside_tests = any(part in {"tests", "test"} for part in parts[:-1])
    return parts[-1] not in _NOT_SOURCE and not is_documentation and not is_beside_tests


def _package_manager(declared: Declared, files: Mapping[str, bytes]) -> Finding | None:
    tools = declared.tables.get("pyproject.toml", {}).get("tool", {})
    for name, lock in (("uv", "uv.lock"), ("poetry", "poetry.lock"), ("pdm", "pdm.lock"), ("pipenv", "Pipfile")):
        if lock in files:
            return Finding(name, lock)
        if isinstance(tools, dict) and name in tools:
            return Finding(name, "pyproject.toml")
    path = next((path for path in sorted(files) if is_manifest(path)), None)
    return Finding("pip", path) if path is not None else None


def _runners(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
    found = [Finding(runner, path) for path, runner in _RUNNER_FILES.items() if path in files]
    for path in _MAKEFILES:
        for number, line in enumerate(files.get(path, b"").splitlines(), start=1):
            if target := re.match(rb"(test|tests|check)\s*:(?!=)", line):
                found.append(Finding(f"make {target[1].decode()}", path, number))
    return tuple(found)
