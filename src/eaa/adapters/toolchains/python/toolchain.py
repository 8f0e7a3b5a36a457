"""Python's tools."""

from collections.abc import Sequence
from pathlib import Path

from typing_extensions import override

from eaa.adapters.toolchains.python.detect import detect_project
from eaa.adapters.toolchains.python.environments import PythonEnvironments
from eaa.adapters.toolchains.python.language import PythonLanguage
from eaa.adapters.toolchains.python.quality_runs import complaints, format_files
from eaa.adapters.toolchains.python.running import command_within, list_tests, run_tests
from eaa.domain.artefact import QualityFinding
from eaa.domain.command import Command, Limits
from eaa.domain.environment import Environment, EnvironmentRequest
from eaa.domain.ids import CommitId, TestId
from eaa.domain.project import Project, TestSuite
from eaa.domain.repository import FileChange, Repository
from eaa.domain.test_report import TestReport
from eaa.domain.workspace import Workspace
from eaa.ports.language import Language
from eaa.ports.progress import Progress
from eaa.ports.repositories import Repositories
from eaa.ports.sandbox import Sandbox
from eaa.ports.toolchain import TestRun, Toolchain
from eaa.ports.workspaces import Workspaces


class PythonToolchain(Toolchain):
    """Projects written in Python, tested by pytest or unittest."""

    def __init__(
        self,
        *,
        repositories: Repositories,
        workspaces: Workspaces,
        sandbox: Sandbox,
        progress: Progress,
        home: Path,
        fallback_interpreters: tuple[Path, ...] = (),
        active_environment: Path | None = None,
        owner_uid: int | None = None,
    ) -> None:
        """Keep environments below `home`; see `PythonEnvironments` for the other places they may come from."""
        self._repositories = repositories
        self._workspaces = workspaces
        self._sandbox = sandbox
        self._language = PythonLanguage()
        self._environments = PythonEnvironments(
            repositories=repositories,
            sandbox=sandbox,
            progress=progress,
            home=home,
            fallback_interpreters=fallback_interpreters,
            active_environment=active_environment,
            owner_uid=owner_uid,
        )

    @property
    @override
    def language(self) -> Language:
        return self._language

    @override
    async def detect(self, repository: Repository, commit: CommitId) -> Project | None:
        return await detect_project(self._repositories, repository, commit)

    @override
    async def prepare(
        self, project: Project, repository: Repository, commit: CommitId, request: EnvironmentRequest
    ) -> Environment:
        return await self._environments.prepare(project, repository, commit, request)

    @override
    def is_here(self, environment: Environment) -> bool:
        return self._environments.is_here(environment)

    @override
    async def run_tests(self, run: TestRun) -> TestReport:
        return await run_tests(run, sandbox=self._sandbox, workspaces=self._workspaces)

    @override
    async def list_tests(self, workspace: Workspace, environment: Environment, suite: TestSuite) -> tuple[TestId, ...]:
        return await list_tests(workspace, environment, suite, sandbox=self._sandbox)

    @override
    def command(self, environment: Environment, project: Project, argv: Sequence[str], *, limits: Limits) -> Command:
        return command_within(environment, project, argv, limits=limits)

    @override
    async def format_files(
        self, workspace: Workspace, environment: Environment, project: Project, paths: Sequence[str]
    ) -> tuple[FileChange, ...]:
        return await format_files(
            workspace, environment, project, paths, sandbox=self._sandbox, workspaces=self._workspaces
        )

    @override
    async def complaints(
        self, workspace: Workspace, environment: Environment, project: Project, paths: Sequence[str]
    ) -> tuple[QualityFinding, ...]:
        return await complaints(workspace, environment, project, paths, sandbox=self._sandbox)
