"""Proving changes of a tiny project in memory, in one call."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from eaa.adapters.memory.progress import NoProgress
from eaa.domain.criterion import Criterion
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.evidence import Evidence
from eaa.domain.ids import CommitId, CriterionId, RunId, TestId
from eaa.domain.kind import Kind
from eaa.engine.evidence.claim import Claim, ClaimedCriterion
from eaa.engine.evidence.gather import gather_evidence
from eaa.engine.evidence.propose import propose_claim
from eaa.engine.evidence.verify import VerificationReport, verify_evidence
from tests.support.tiny_world import (
    ENVIRONMENT,
    REPOSITORY,
    Files,
    TinyRepositories,
    TinyToolchain,
    TinyWorkspaces,
    tiny_project,
)


@dataclass(frozen=True, slots=True)
class TinyWorld:
    """The three ports over one memory."""

    repositories: TinyRepositories = field(default_factory=TinyRepositories)
    workspaces: TinyWorkspaces = field(init=False)
    toolchain: TinyToolchain = field(init=False)

    def __post_init__(self) -> None:
        workspaces = TinyWorkspaces(self.repositories)
        object.__setattr__(self, "workspaces", workspaces)
        object.__setattr__(self, "toolchain", TinyToolchain(workspaces, self.repositories))

    async def gather(self, claim: Claim) -> Evidence:
        """Gather evidence."""
        return await gather_evidence(
            claim,
            toolchain=self.toolchain,
            repositories=self.repositories,
            workspaces=self.workspaces,
            progress=NoProgress(),
        )

    async def prove(
        self,
        base: Files,
        head: Files,
        *,
        kind: Kind | None = None,
        issue: Sequence[Criterion] | None = None,
    ) -> Evidence:
        """Prove a change as `eaa prove` does: the head holds the base's files too, unless it says they are empty."""
        return await self.gather(await self.propose(base, head, kind=kind, issue=issue))

    async def propose(
        self, base: Files, head: Files, *, kind: Kind | None = None, issue: Sequence[Criterion] | None = None
    ) -> Claim:
        """Propose the claim of a change."""
        before, after = self.repositories.add(base), self.repositories.add(merged(base, head))
        return await propose_claim(
            repository=REPOSITORY,
            base=before,
            head=after,
            run=RunId("run_1"),
            kind=kind,
            issue="an issue" if issue is not None else None,
            read_issue=lambda _: issue or (),
            environment=ENVIRONMENT,
            suites=tiny_project(self.repositories.trees[before]).suites,
            toolchain=self.toolchain,
            repositories=self.repositories,
            workspaces=self.workspaces,
            progress=NoProgress(),
        )

    def claim(self, base: Files, head: Files, *, kind: Kind, tests: Sequence[str], text: str = "it works") -> Claim:
        """Return a claim of one criterion with these tests."""
        before, after = self.repositories.add(base), self.repositories.add(merged(base, head))
        criterion = ClaimedCriterion(
            id=CriterionId("c1"), text=text, source=text, tests=tuple(TestId(test) for test in tests)
        )
        return Claim(
            kind=kind,
            repository=REPOSITORY,
            base=before,
            head=after,
            criteria=(criterion,),
            environment=ENVIRONMENT,
            suites=tiny_project(self.repositories.trees[before]).suites,
        )

    async def verify(self, evidence: Evidence) -> VerificationReport:
        """Verify evidence."""
        return await verify_evidence(
            evidence,
            repository=REPOSITORY,
            request=EnvironmentRequest(),
            toolchain=self.toolchain,
            repositories=self.repositories,
            workspaces=self.workspaces,
            progress=NoProgress(),
        )

    def add(self, files: Files) -> CommitId:
        """Store a tree."""
        return self.repositories.add(files)


def merged(base: Files, head: Files) -> Files:
    """Return the head's whole tree: the base's files, changed and added ones; an empty text removes a file."""
    return {path: text for path, text in {**base, **head}.items() if text}
