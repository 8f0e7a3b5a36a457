"""A Python project in a real workspace, with the interpreter that runs these tests as its environment."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.domain.environment import Environment
from eaa.domain.ids import EnvironmentKey
from eaa.domain.project import Finding, TestSuite
from eaa.domain.workspace import Workspace
from eaa.ports.toolchain import TestRun
from eaa.ports.workspaces import Workspaces
from tests.support.git_project import GitProject

OpenPythonWorld = Callable[[dict[str, bytes | str]], AbstractAsyncContextManager["PythonWorld"]]


@dataclass(frozen=True)
class PythonWorld:
    """What running a project's tests needs."""

    workspace: Workspace
    workspaces: Workspaces
    repositories: GitRepositories
    sandbox: BubblewrapSandbox

    def run(self, *, suite: TestSuite | None = None, **how: Any) -> TestRun:
        """Return a run of everything in the project's order, but for what is said."""
        how.setdefault("environment", own_environment())
        return TestRun(workspace=self.workspace, suite=suite or make_suite(), **how)


@asynccontextmanager
async def open_python_world(folder: Path, files: dict[str, bytes | str]) -> AsyncIterator[PythonWorld]:
    """Commit files and check them out."""
    project = GitProject(folder / "project")
    project.commit(files)
    home = folder / "home"
    repositories = GitRepositories(home=home)
    workspaces = GitWorkspaces(home=home)
    repository = await repositories.open(str(project.folder))
    commit = await repositories.resolve(repository, "HEAD")
    async with workspaces.open(repository, commit.id) as workspace:
        yield PythonWorld(workspace, workspaces, repositories, BubblewrapSandbox())


def make_suite(framework: str = "pytest", root: str = ".", test_paths: tuple[str, ...] = ()) -> TestSuite:
    """Return a suite."""
    return TestSuite(
        root=root,
        framework=framework,
        command=Finding(value=f"python -m {framework}", path="pyproject.toml"),
        test_paths=test_paths,
        import_roots=(),
    )


def own_environment(test_command: str | None = None) -> Environment:
    """Return the environment these tests run in."""
    folders = dict.fromkeys((sys.prefix, sys.base_prefix))
    return Environment(
        key=EnvironmentKey("own"),
        toolchain="python",
        recipe="the interpreter of these tests",
        interpreter=sys.executable,
        interpreter_version=".".join(map(str, sys.version_info[:3])),
        mounts=tuple((folder, folder) for folder in folders if not folder.startswith(("/usr", "/bin"))),
        variables=(("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"),),
        test_command=test_command,
    )
