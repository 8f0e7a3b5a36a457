"""The whole team at work on a tiny project in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from typing_extensions import override

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.progress import RecordingProgress
from eaa.domain.artefact import Artefact
from eaa.domain.brief import Baseline, Brief, Handover, Stage
from eaa.domain.fix import Confidence, Fix, FixRequest, FixResult
from eaa.domain.ids import CommitId, RunId
from eaa.domain.project import QualityTool
from eaa.domain.repository import FileChange, FileHistory, Repository
from eaa.domain.role import RoleName
from eaa.engine.evidence.baseline import measure_baseline
from eaa.engine.instructions import read_instructions
from eaa.engine.tools import Tools
from eaa.ports.fixer import Fixer
from eaa.roles.team import InlineRoles
from tests.makers import make_task
from tests.support.tiny_world import (
    ENVIRONMENT,
    REPOSITORY,
    Files,
    TinyRepositories,
    TinyToolchain,
    TinyWorkspaces,
    tiny_project,
)


class NotedRepositories(TinyRepositories):
    """Keeps commit messages, and says that everything was changed once."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[CommitId, str] = {}

    @override
    async def commit(
        self, repository: Repository, *, parent: CommitId, changes: Sequence[FileChange], message: str, run_id: RunId
    ) -> CommitId:
        commit = await super().commit(repository, parent=parent, changes=changes, message=message, run_id=run_id)
        self.messages[commit] = message
        return commit

    @override
    async def history(
        self, repository: Repository, commit: CommitId, paths: Sequence[str], *, limit_commits: int = 500
    ) -> tuple[FileHistory, ...]:
        return tuple(FileHistory(path, 1, ("Ada",), datetime(2026, 1, 1, tzinfo=UTC)) for path in paths)


class ListedFixer(Fixer):
    """Proposes what it was told to, whatever it is asked, and remembers what it was asked."""

    def __init__(self, *fixes: Fix, distinguishing_input: str | None = None) -> None:
        self._result = FixResult(
            fixes=fixes,
            suspects=(),
            distinguishing_input=distinguishing_input,
            candidates_tried=len(fixes),
            seconds=1.0,
            note="" if fixes else "nothing passed",
        )
        self.requests: list[FixRequest] = []

    @property
    @override
    def name(self) -> str:
        return "listed"

    @override
    async def fix(self, request: FixRequest) -> FixResult:
        self.requests.append(request)
        return self._result


def make_fix(path: str, text: str, *, confidence: Confidence = Confidence.HIGH, operator: str = "operator") -> Fix:
    """Make a fix that replaces one file."""
    return Fix((FileChange(path, text.encode()),), f"+{text}", operator, confidence, ("One edit.",))


@dataclass(frozen=True, slots=True)
class RoleWorld:
    """A repository, a team with its tools, and briefs for it."""

    fixer: Fixer = field(default_factory=ListedFixer)
    repositories: NotedRepositories = field(default_factory=NotedRepositories)
    progress: RecordingProgress = field(default_factory=RecordingProgress)

    def tools(self) -> Tools:
        """Return the ports over this world's memory."""
        workspaces = TinyWorkspaces(self.repositories)
        return Tools(
            repositories=self.repositories,
            workspaces=workspaces,
            toolchain=TinyToolchain(workspaces, self.repositories),
            fixer=self.fixer,
            clock=MemoryClock(),
            progress=self.progress,
        )

    async def brief(self, files: Files, text: str, *, quality_tools: tuple[QualityTool, ...] = ()) -> Brief:
        """Return the first brief of a request, with the measured baseline of the files."""
        base = self.repositories.add(files)
        tools = self.tools()
        project = replace(tiny_project(self.repositories.trees[base]), quality_tools=quality_tools)
        baseline: Baseline = await measure_baseline(
            repository=REPOSITORY,
            commit=base,
            environment=ENVIRONMENT,
            suites=project.suites,
            toolchain=tools.toolchain,
            repositories=self.repositories,
            workspaces=tools.workspaces,
            progress=self.progress,
        )
        return Brief(
            stage=Stage.REQUIREMENT,
            run_id=RunId("run_1"),
            task=make_task(task_id="tsk_01ABCDEFGH", text=text),
            repository=REPOSITORY,
            base=base,
            project=project,
            environment=ENVIRONMENT,
            baseline=baseline,
            instructions=await read_instructions(self.repositories, REPOSITORY, base),
            handover=Handover(),
        )

    async def work(self, role: RoleName, stage: Stage, brief: Brief) -> Artefact:
        """Let a role work on a stage."""
        return await InlineRoles(self.tools()).work(role, replace(brief, stage=stage))


def with_handover(brief: Brief, **artefacts: object) -> Brief:
    """Return the brief with further artefacts handed over."""
    return replace(brief, handover=replace(brief.handover, **artefacts))  # type: ignore[arg-type]
