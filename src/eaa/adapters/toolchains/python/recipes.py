"""How an environment can be had: which interpreters to look at, what to install, and the key it gets."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eaa.adapters.toolchains.python.probe.refused import REFUSED_PLUGINS
from eaa.adapters.toolchains.python.requirements import requirement_name
from eaa.domain.ids import EnvironmentKey
from eaa.domain.project import Project
from eaa.domain.repository import TreeEntry
from eaa.kit.digest import sha256_hex

REQUIREMENTS = "requirements"
"""Recipe text of every environment that has what the project declares, however it came to be."""


FALLBACK = "fallback interpreter"
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An interpreter on this machine that may serve."""

    recipe: str
    """How a person would call it, without its path."""
    path: Path
    is_borrowed: bool = False
    """Whether it is ours, so that what is installed there was not chosen for the project."""


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
        is_borrowed = any(path.is_relative_to(active) for path in fallbacks)
        found.append(Candidate("active environment", active / "bin/python", is_borrowed))
    found += [Candidate(FALLBACK, path, is_borrowed=True) for path in fallbacks]
    return tuple(candidate for candidate in found if candidate.path.is_file())


def wanted_requirements(project: Project) -> tuple[str, ...]:
    """Return what must be installed to run the project's tests."""
    names = {requirement_name(text) for text in project.dependencies}
    needs_pytest = any(suite.framework == "pytest" for suite in project.suites) and "pytest" not in names
    return (*project.dependencies, "pytest") if needs_pytest else project.dependencies


def install_recipe(requirements: Iterable[str]) -> str:
    """Return the installation as a person would type it, bounded."""
    words = shlex.join(("pip", "install", *requirements))
    return words if len(words) <= 300 else words[:299] + "…"


def environment_key(*, entries: Iterable[TreeEntry], project: Project, version: str, recipe: str) -> EnvironmentKey:
    """Return the key of an environment: the same wherever the same declarations meet the same Python.

    Args:
        entries: The files of the commit.
        project: Its manifests and lock files count, by content, and so do sources that a build compiles; and what
            of it is needed, which depends on its tests too.
        version: Of the interpreter, such as `3.11.7`; the last number does not count.
        recipe: `requirements` or a person's own set-up command.
    """
    counted = {*project.manifests, *project.lock_files}
    lines = [f"{entry.blob} {entry.path}" for entry in entries if entry.path in counted or _is_compiled(entry.path)]
    minor = ".".join(version.split(".")[:2])
    wanted = wanted_requirements(project)
    text = "\n".join(("python", minor, recipe, *wanted, *sorted(lines, key=lambda line: line.split(" ", 1)[1])))
    return EnvironmentKey(sha256_hex(text.encode("utf-8", "surrogateescape")))


def _is_compiled(path: str) -> bool:
    return path.endswith((".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".pyx", ".pxd", ".rs", ".f90"))


def only_plugins(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the variables with which pytest loads these plugins and those that a project's own files name.

    Plugins that are refused anyway are left out.
    """
    kept = [name for name in names if name.removeprefix("pytest_") not in REFUSED_PLUGINS]
    alone = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return (alone, ("PYTEST_ADDOPTS", shlex.join(f"-p{name}" for name in kept))) if kept else (alone,)


def python_path(project: Project) -> str:
    """Return the import path of all suites as commands in the workspace see it."""
    roots = dict.fromkeys(root for suite in project.suites for root in suite.import_roots)
    return ":".join("/src" if root == "." else f"/src/{root}" for root in roots) or "/src"
