"""What a repository is made of, read from its files without running anything."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact and the file (and line, when known) it was read from."""

    value: str
    path: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class TestSuite:
    """A part of the repository with tests of its own."""

    __test__ = False

    root: str
    """Folder relative to the repository, `.` for the top; the framework runs here."""
    framework: str
    """`pytest` or `unittest`."""
    command: Finding
    """The command a person would type, and where it was found; `--test-command` overrides it."""
    test_paths: tuple[str, ...]
    """Files that hold tests, relative to the repository."""
    import_roots: tuple[str, ...]
    """Folders that go on the import path, relative to the repository, such as `src`."""


@dataclass(frozen=True, slots=True)
class QualityTool:
    """A formatter, linter or type checker that the project itself is set up to use."""

    name: str
    """`ruff format`, `ruff check`, `black`, `mypy`, `flake8`, `isort`."""
    configured_in: Finding


@dataclass(frozen=True, slots=True)
class Project:
    """One language's view of a repository at one commit."""

    language: str
    language_requirement: Finding | None
    """Such as `>=3.9` from `requires-python`."""
    package_manager: Finding | None
    """uv, poetry, pip, …: how the environment is built."""
    runners: tuple[Finding, ...]
    """tox, nox, make test and the like, when configured."""
    manifests: tuple[str, ...]
    lock_files: tuple[str, ...]
    dependencies: tuple[str, ...]
    """Requirement strings of the project and its tests, as written; without tools that no test run needs."""
    suites: tuple[TestSuite, ...]
    source_paths: tuple[str, ...]
    """Source files that are not tests, relative to the repository."""
    quality_tools: tuple[QualityTool, ...]
    notes: tuple[str, ...] = ()
    """What could not be read, for the person: broken manifests, undecodable files."""
