"""Which CI and deployment files concern a change, and what that means."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from pathlib import PurePosixPath

from eaa.domain.environment import Environment
from eaa.roles.sre.lines import Entry, entries

_DEPLOYMENT_NAMES = re.compile(
    r"(?:Dockerfile(?:\..+)?|.+\.Dockerfile|Containerfile|(?:docker-)?compose(?:\.[\w-]+)?\.ya?ml|Procfile|fly\.toml"
    r"|Chart\.yaml|kustomization\.ya?ml|skaffold\.ya?ml|serverless\.ya?ml|app\.ya?ml|vercel\.json|render\.ya?ml)\Z"
)
_DEPLOYMENT_FOLDERS = frozenset({"k8s", "kubernetes", "helm", "charts", "deploy", "deployment", "terraform", "ansible"})
_CI_NAMES = frozenset({".gitlab-ci.yml", "azure-pipelines.yml", ".travis.yml", "Jenkinsfile", ".circleci/config.yml"})
_VERSION = re.compile(r"\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Remark:
    """One file that is concerned, and what that means."""

    path: str
    text: str


def is_ci(path: str) -> bool:
    """Return whether a path configures continuous integration."""
    return (path.startswith(".github/workflows/") and path.endswith((".yml", ".yaml"))) or path in _CI_NAMES


def is_deployment(path: str) -> bool:
    """Return whether a path builds or deploys the product."""
    parts = PurePosixPath(path).parts
    return bool(_DEPLOYMENT_NAMES.match(parts[-1])) or not _DEPLOYMENT_FOLDERS.isdisjoint(parts[:-1])


def is_migration(path: str) -> bool:
    """Return whether a path changes a database's schema."""
    parts = PurePosixPath(path).parts
    return "migrations" in parts[:-1] or ("alembic" in parts[:-1] and "versions" in parts[:-1])


def is_dependency_file(path: str) -> bool:
    """Return whether a path decides which packages are installed."""
    name = PurePosixPath(path).name
    return name in {"pyproject.toml", "setup.py", "setup.cfg", "poetry.lock", "uv.lock", "Pipfile.lock"} or bool(
        re.match(r"requirements[\w.-]*\.(?:txt|in)\Z", name)
    )


def remarks_on_changed(changed: Sequence[str]) -> tuple[Remark, ...]:
    """Return what it means that these files themselves are part of the change."""
    remarks = []
    for path in changed:
        if is_ci(path):
            remarks.append(Remark(path, "the change edits CI; a person must read it"))
        elif is_migration(path):
            remarks.append(
                Remark(path, "a schema migration: it runs before the new code, and rolling back needs its reverse")
            )
        elif is_dependency_file(path):
            remarks.append(Remark(path, "installed packages or the build may change; images must be rebuilt"))
        elif is_deployment(path):
            remarks.append(Remark(path, "the change edits deployment; try it outside of production first"))
    return tuple(remarks)


def remarks_on_workflow(
    path: str, text: str, *, changed: Sequence[str], environment: Environment
) -> tuple[Remark, ...]:
    """Return whether a GitHub workflow runs for the changed files, and on which interpreters the tests were not run."""
    found = tuple(entries(text))
    remarks = []
    if not _runs_for(found, changed):
        remarks.append(Remark(path, "its path filter leaves the changed files out: it does not run for this change"))
    versions = _versions(found)
    here = ".".join(environment.interpreter_version.split(".")[:2])
    others = [version for version in versions if version != here]
    if others:
        where = "also tests" if here in versions else "tests"
        remarks.append(Remark(path, f"{where} on {', '.join(others)}; the evidence here is from {here}"))
    return tuple(remarks)


def remarks_on_deployment(path: str, text: str, *, changed: Sequence[str]) -> tuple[Remark, ...]:
    """Return whether an image copies the changed files, so that it has to be built again."""
    if not re.search(r"(?:Docker|Container)file", PurePosixPath(path).name):
        return ()
    copied = [word for line in text.splitlines()[:2_000] for word in _copied(line)]
    touched = [name for name in changed if any(_is_below(name, source) for source in copied)]
    if not touched:
        return ()
    return (Remark(path, f"the image copies {', '.join(touched[:3])}; build and deploy it again to ship the change"),)


def glob_matches(pattern: str, path: str) -> bool:
    """Return whether a path filter of a workflow matches (source: GitHub, "Workflow syntax", filter patterns)."""
    return _compiled(pattern).match(path) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*/?)", pattern)
    body = "".join(
        "(?:.*/)?" if piece == "**/" else ".*" if piece == "**" else _single(piece) for piece in pieces if piece
    )
    return re.compile(f"{body}\\Z")


def _single(piece: str) -> str:
    return translate(piece).removeprefix("(?s:").removesuffix(")\\Z").removesuffix(")\\z").replace(".*", "[^/]*")


def _runs_for(found: Sequence[Entry], changed: Sequence[str]) -> bool:
    wanted = _filters(found, "paths")
    ignored = _filters(found, "paths-ignore")
    for wanted_here in wanted.values():
        if any(_selected(wanted_here, path) for path in changed):
            return True
    for ignored_here in ignored.values():
        if any(not any(glob_matches(pattern, path) for pattern in ignored_here) for path in changed):
            return True
    return not wanted and not ignored


def _filters(found: Sequence[Entry], name: str) -> dict[tuple[str, ...], list[str]]:
    filters: dict[tuple[str, ...], list[str]] = {}
    for entry in found:
        if name in entry.keys and entry.keys[0] == "on":
            filters.setdefault(entry.keys, []).append(entry.value)
    return {keys: [value for value in values if value] for keys, values in filters.items()}


def _selected(patterns: Sequence[str], path: str) -> bool:
    selected = False
    for pattern in patterns:
        if glob_matches(pattern.removeprefix("!"), path):
            selected = not pattern.startswith("!")
    return selected


def _versions(found: Sequence[Entry]) -> tuple[str, ...]:
    values = (entry.value for entry in found if entry.keys[-1] in {"python-version", "python"})
    versions = dict.fromkeys(version for value in values for version in _VERSION.findall(value))
    return tuple(sorted(versions, key=lambda version: tuple(map(int, version.split(".")))))


def _copied(line: str) -> tuple[str, ...]:
    words = line.split()
    if len(words) < 3 or words[0].upper() not in {"COPY", "ADD"}:
        return ()
    sources = [word for word in words[1:-1] if not word.startswith("--")]
    return () if any(word.startswith("--from") for word in words) else tuple(sources)


def _is_below(path: str, source: str) -> bool:
    clean = source.removeprefix("./").rstrip("/")
    return clean in {"", "."} or path == clean or path.startswith(f"{clean}/")
