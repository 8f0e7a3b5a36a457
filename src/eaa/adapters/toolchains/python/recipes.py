"""How an environment can be had: which interpreters to look at, what to install, and the key it gets."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eaa.adapters.toolchains.python.requirements import needed_for_tests, requirement_name
from eaa.domain.ids import EnvironmentKey
from eaa.domain.project import Project
from eaa.domain.repository import TreeEntry
from eaa.kit.digest import sha256_hex

REQUIREMENTS = "requirements"
"""Recipe text of every environment that has what the project declares, however it came to be."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An interpreter on this machine that may serve."""

    recipe: str
    """How a person would call it, without its path."""
    path: Path


def existing_candidates(source: str, active: Path | None, fallbacks: Sequence[Path]) -> tuple[Candidate, ...]:
    """Return the interpreters that exist already, in the order they are tried.

    Args:
        source: Path or URL of the repository; only a local folder can have a `.venv`.
        active: Folder of an activated environment.
        fallbacks: Interpreters to try last.
    """
    folder = Path(source)
    found = [Candidate(f"project {name}", folder / name / "bin/python") for name in (".venv", "venv")]
    if not folder.is_absolute():
        found = []
    if active is not None:
        found.append(Candidate("active environment", active / "bin/python"))
    found += [Candidate("fallback interpreter", path) for path in fallbacks]
    return tuple(candidate for candidate in found if candidate.path.is_file())


def wanted_requirements(project: Project) -> tuple[str, ...]:
    """Return what must be installed to run the project's tests."""
    wanted = needed_for_tests(project.dependencies)
    names = {requirement_name(text) for text in wanted}
    needs_pytest = any(suite.framework == "pytest" for suite in project.suites) and "pytest" not in names
    return (*wanted, "pytest") if needs_pytest else wanted


def install_recipe(requirements: Iterable[str]) -> str:
    """Return the installation as a person would type it, bounded."""
    words = shlex.join(("pip", "install", *requirements))
    return words if len(words) <= 300 else words[:299] + "…"


def environment_key(*, entries: Iterable[TreeEntry], project: Project, version: str, recipe: str) -> EnvironmentKey:
    """Return the key of an environment: the same wherever the same declarations meet the same Python.

    Args:
        entries: The files of the commit.
        project: Its manifests and lock files count, by content.
        version: Of the interpreter, such as `3.11.7`; the last number does not count.
        recipe: `requirements` or a person's own set-up command.
    """
    counted = {*project.manifests, *project.lock_files}
    lines = [f"{entry.blob} {entry.path}" for entry in entries if entry.path in counted]
    minor = ".".join(version.split(".")[:2])
    text = "\n".join(("python", minor, recipe, *sorted(lines, key=lambda line: line.split(" ", 1)[1])))
    return EnvironmentKey(sha256_hex(text.encode("utf-8", "surrogateescape")))


def python_path(project: Project) -> str:
    """Return the import path of all suites as commands in the workspace see it."""
    roots = dict.fromkeys(root for suite in project.suites for root in suite.import_roots)
    return ":".join("/src" if root == "." else f"/src/{root}" for root in roots) or "/src"
