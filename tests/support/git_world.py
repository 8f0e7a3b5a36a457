"""Proving and verifying the branch `change` of a real repository, in one call."""

from collections.abc import Mapping
from pathlib import Path

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.memory.progress import NoProgress
from eaa.domain.criterion import Criterion
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.evidence import Evidence
from eaa.domain.ids import RunId
from eaa.domain.kind import Kind
from eaa.domain.repository import Repository
from eaa.engine.evidence.gather import gather_evidence
from eaa.engine.evidence.propose import propose_claim
from eaa.engine.evidence.verify import VerificationReport, derive_place, verify_evidence
from eaa.ports.toolchain import Toolchain
from tests.support.git_project import GitProject
from tests.support.tiny_world import TinyToolchain
from tests.support.two_commits import two_commits


class GitWorld:
    """The rules over a real repository; unless told otherwise the tests run in this process."""

    def __init__(self, project: GitProject, repository: Repository, home: Path) -> None:
        self.project = project
        self.repository = repository
        self.repositories = GitRepositories(home=home)
        self.workspaces = GitWorkspaces(home=home)
        self.toolchain: Toolchain = TinyToolchain(self.workspaces, self.repositories)

    async def prove(self, issue: list[Criterion] | None = None, *, kind: Kind | None = None) -> Evidence:
        """Prove the branch `change`."""
        base = (await self.repositories.resolve(self.repository, "main")).id
        head = (await self.repositories.resolve(self.repository, "change")).id
        place = await derive_place(
            repository=self.repository, base=base, head=head, request=EnvironmentRequest(), toolchain=self.toolchain
        )
        assert place is not None
        claim = await propose_claim(
            repository=self.repository,
            base=base,
            head=head,
            run=RunId("run_1"),
            kind=kind,
            issue="an issue" if issue else None,
            read_issue=lambda _: issue or [],
            environment=place[0],
            suites=place[1],
            toolchain=self.toolchain,
            repositories=self.repositories,
            workspaces=self.workspaces,
            progress=NoProgress(),
        )
        return await gather_evidence(
            claim,
            toolchain=self.toolchain,
            repositories=self.repositories,
            workspaces=self.workspaces,
            progress=NoProgress(),
        )

    async def verify(self, evidence: Evidence) -> VerificationReport:
        """Derive it again."""
        return await verify_evidence(
            evidence,
            repository=self.repository,
            request=EnvironmentRequest(),
            toolchain=self.toolchain,
            repositories=self.repositories,
            workspaces=self.workspaces,
            progress=NoProgress(),
        )


async def world_of(tmp_path: Path, base: Mapping[str, str], head: Mapping[str, str]) -> GitWorld:
    """Make a repository and return the world around it."""
    project = two_commits(tmp_path / "project", base, head)
    repository = await GitRepositories(home=tmp_path / "home").open(str(project.folder))
    return GitWorld(project, repository, tmp_path / "home")
