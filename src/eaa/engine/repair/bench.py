"""Measures the search on a folder of small projects with failing tests, so that anyone can do it on any set."""

import ast
import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from eaa.domain.environment import Environment
from eaa.domain.fix import Confidence, FixRequest, FixResult
from eaa.domain.ids import CommitId, RepositoryId
from eaa.domain.project import Finding, TestSuite
from eaa.domain.repository import Repository
from eaa.domain.workspace import Workspace
from eaa.engine.repair.fixer import SearchFixer
from eaa.ports.sandbox import Sandbox

_IGNORED = shutil.ignore_patterns(".git", "__pycache__", ".venv", "node_modules", ".pytest_cache")


@dataclass(frozen=True, slots=True)
class BenchedProgram:
    """What the search made of one program."""

    name: str
    plausible: bool
    """Whether a change was found with which all tests pass."""
    confidence: Confidence | None
    """None when nothing was found."""
    seconds: float
    diff: str
    """Unified diff of the best repair, or empty."""
    alternatives: tuple[str, ...]
    """Unified diffs of further repairs that also pass."""
    note: str = ""
    reasons: tuple[str, ...] = ()
    """What decided the confidence."""


@dataclass(frozen=True, slots=True)
class BenchReport:
    """All programs, by name."""

    programs: tuple[BenchedProgram, ...]


async def bench_programs(
    folder: Path,
    *,
    sandbox: Sandbox,
    environment: Environment,
    budget_s: float = 30.0,
    processes: int = 2,
    progress: Callable[[BenchedProgram], None] = lambda _: None,
) -> BenchReport:
    """Search a repair for every subfolder of `folder`, each in a copy; one that breaks never ends the rest.

    Args:
        folder: Every subfolder is a small project with failing pytest tests, in any layout, with or without git.
        sandbox: Where the tests run.
        environment: With an interpreter that has pytest and whatever the programs need.
        budget_s: For one program.
        processes: Workers for one program.
        progress: Called with each program as it ends.
    """
    programs: list[BenchedProgram] = []
    for path in await asyncio.to_thread(_projects, folder):
        try:
            program = await _bench(path, sandbox, environment, budget_s, processes)
        except Exception as error:  # whatever one program does, the others are still measured
            program = _benched(path.name, _nothing(f"{type(error).__name__}: {error}"))
        programs.append(program)
        progress(program)
    return BenchReport(tuple(programs))


def _projects(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


async def _bench(
    path: Path, sandbox: Sandbox, environment: Environment, budget_s: float, processes: int
) -> BenchedProgram:
    with tempfile.TemporaryDirectory(prefix="eaa-bench-") as folder:
        copy = Path(folder) / path.name
        await asyncio.to_thread(shutil.copytree, path, copy, symlinks=True, ignore=_IGNORED)
        # A program that is itself a package is imported by its own name, so its parent is the root.
        is_package = (copy / "__init__.py").is_file()
        root = Path(folder) if is_package else copy
        request = await asyncio.to_thread(_request, root, environment, budget_s, processes)
        note = _unfit(request)
        result = _nothing(note) if note else await SearchFixer(sandbox).fix(request)
    return _relative(_benched(path.name, result), path.name) if is_package else _benched(path.name, result)


def _unfit(request: FixRequest) -> str:
    """Return why nothing can be searched, or an empty text."""
    tests = [path for path in request.suite.test_paths if not path.endswith(("conftest.py", "__init__.py"))]
    if not tests:
        return "there are no tests: no file called test_*.py, *_test.py, tests.py, or in a folder called tests"
    return "" if request.suspect_paths else "there is no source file that parses beside the tests"


def _nothing(note: str) -> FixResult:
    return FixResult((), (), None, 0, 0.0, note=note)


def _relative(program: BenchedProgram, package: str) -> BenchedProgram:
    """Return the program with diffs that start in its own folder, as those of other programs do."""
    diffs = [
        diff.replace(f"--- a/{package}/", "--- a/", 1).replace(f"+++ b/{package}/", "+++ b/", 1)
        for diff in (program.diff, *program.alternatives)
    ]
    return replace(program, diff=diffs[0], alternatives=tuple(diffs[1:]))


def _benched(name: str, result: FixResult) -> BenchedProgram:
    best = result.fixes[0] if result.fixes else None
    return BenchedProgram(
        name=name,
        plausible=best is not None,
        confidence=best.confidence if best else None,
        seconds=round(result.seconds, 3),
        diff=best.diff if best else "",
        alternatives=tuple(fix.diff for fix in result.fixes[1:]),
        note=result.note,
        reasons=best.reasons if best else (),
    )


def _request(root: Path, environment: Environment, budget_s: float, processes: int) -> FixRequest:
    paths = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.py") if path.is_file())
    tests = tuple(path for path in paths if is_test_path(path))
    roots = tuple(dict.fromkeys([".", *(folder for folder in ("src", "lib") if (root / folder).is_dir())]))
    return FixRequest(
        workspace=Workspace(root, Repository(RepositoryId("0" * 16), str(root), "main"), CommitId("0" * 40)),
        environment=environment,
        suite=TestSuite(".", "pytest", Finding("pytest", "."), tests, roots),
        failing=(),
        passing=(),
        suspect_paths=tuple(path for path in paths if path not in tests and _is_source(root / path)),
        budget_s=budget_s,
        processes=processes,
    )


def is_test_path(path: str) -> bool:
    """Return whether a path is a test or its support by pytest's and common conventions."""
    *folders, name = path.split("/")
    is_named = name.startswith("test_") or name.endswith("_test.py") or name in ("conftest.py", "test.py", "tests.py")
    return is_named or any(folder in ("test", "tests", "testing") for folder in folders)


def _is_source(path: Path) -> bool:
    if path.name == "setup.py":
        return False
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return False
    return bool(tree.body)
