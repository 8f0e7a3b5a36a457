"""Running a project's own formatters, linters and type checkers in the sandbox."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from eaa.adapters.toolchains.python.running import as_it_is, environment_mounts
from eaa.domain.artefact import QualityFinding
from eaa.domain.command import Command, CommandResult, Limits
from eaa.domain.environment import Environment
from eaa.domain.project import Project
from eaa.domain.repository import FileChange
from eaa.domain.workspace import Workspace
from eaa.ports.sandbox import Sandbox
from eaa.ports.workspaces import Workspaces

_FORMATTERS = {
    "isort": ("isort", "-q", "--"),
    "black": ("black", "-q", "--"),
    "ruff format": ("ruff", "format", "-q", "--no-cache", "--"),
}
_CHECKERS = {
    "ruff check": ("ruff", "check", "-q", "--no-cache", "--no-fix", "--output-format=concise", "--"),
    "flake8": ("flake8", "--format=default", "--"),
    "mypy": (
        "mypy", "--cache-dir=/dev/null", "--no-error-summary", "--no-pretty", "--no-color-output",
        "--hide-error-context", "--",
    ),
}  # fmt: skip
_TIMEOUT_S = 120.0


async def format_files(
    workspace: Workspace,
    environment: Environment,
    project: Project,
    paths: Sequence[str],
    *,
    sandbox: Sandbox,
    workspaces: Workspaces,
) -> tuple[FileChange, ...]:
    """Return the files the project's formatters would change, as they would have them. The files stay as they are."""
    python = _python(paths)
    names = [tool.name for tool in project.quality_tools if tool.name in _FORMATTERS]
    before = [change for path in python if (change := await as_it_is(workspace, path, workspaces)).content is not None]
    if not before or not names:
        return ()
    try:
        for name in (name for name in _FORMATTERS if name in names):
            await _run(_FORMATTERS[name], workspace, environment, [change.path for change in before], sandbox)
        after = [await as_it_is(workspace, change.path, workspaces) for change in before]
    finally:
        await workspaces.write(workspace, before)
    return tuple(new for old, new in zip(before, after, strict=True) if new.content not in (None, old.content))


async def complaints(
    workspace: Workspace, environment: Environment, project: Project, paths: Sequence[str], *, sandbox: Sandbox
) -> tuple[QualityFinding, ...]:
    """Return what the project's checkers say about files; a tool that is not in the environment says nothing."""
    python = _python(paths)
    found: list[QualityFinding] = []
    for tool in project.quality_tools:
        if tool.name in _CHECKERS and python:
            result = await _run(_CHECKERS[tool.name], workspace, environment, python, sandbox)
            found += read_complaints(tool.name, result.stdout.text(limit_characters=1_000_000), frozenset(python))
    return tuple(found)


def read_complaints(tool: str, text: str, paths: frozenset[str]) -> tuple[QualityFinding, ...]:
    """Return the lines `path:line[:column]: text` that are about these paths."""
    found: list[QualityFinding] = []
    for line in text.splitlines():
        match = re.match(r"(?P<path>[^:\n]+):(?P<line>\d+)(?::\d+)?:\s*(?P<text>.+)", line)
        if match is None:
            continue
        path = str(PurePosixPath(match["path"].removeprefix("/src/")))
        if path in paths:
            found.append(QualityFinding(tool=tool, path=path, line=int(match["line"]), text=match["text"]))
    return tuple(found)


def _python(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if path.endswith((".py", ".pyi"))]


async def _run(
    arguments: Sequence[str], workspace: Workspace, environment: Environment, paths: Sequence[str], sandbox: Sandbox
) -> CommandResult:
    command = Command(
        argv=(environment.interpreter, "-m", *arguments, *paths),
        environment=dict(environment.variables),
        mounts=environment_mounts(environment),
        limits=Limits(wall_s=_TIMEOUT_S),
    )
    return await sandbox.run(command, root=workspace.root)
