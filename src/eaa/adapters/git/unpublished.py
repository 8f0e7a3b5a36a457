"""Mirrors out of which nothing is published."""

from pathlib import Path

from typing_extensions import override

from eaa.adapters.git.repositories import GitRepositories
from eaa.domain.errors import BranchTaken
from eaa.domain.ids import CommitId
from eaa.domain.repository import Repository


class UnpublishedRepositories(GitRepositories):
    """Git as ever, but a branch is only remembered: the place a repository came from is neither asked nor written."""

    def __init__(self, *, home: Path) -> None:
        """Use the mirrors below EAA_HOME."""
        super().__init__(home=home)
        self._branches: dict[tuple[str, str], CommitId] = {}

    @override
    async def published(self, repository: Repository, branch: str) -> CommitId | None:
        return self._branches.get((repository.source, branch))

    @override
    async def publish(self, repository: Repository, commit: CommitId, branch: str) -> None:
        there = self._branches.setdefault((repository.source, branch), commit)
        if there != commit:
            raise BranchTaken(branch=branch, commit=there)
