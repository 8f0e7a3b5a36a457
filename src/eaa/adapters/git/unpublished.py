"""Mirrors out of which nothing is published."""

from typing_extensions import override

from eaa.adapters.git.repositories import GitRepositories
from eaa.domain.errors import RepositoryUnusable
from eaa.domain.ids import CommitId
from eaa.domain.repository import Repository


class UnpublishedRepositories(GitRepositories):
    """Git as ever, but every wish to write into the place a repository came from is refused."""

    @override
    async def published(self, repository: Repository, branch: str) -> CommitId | None:
        return None

    @override
    async def publish(self, repository: Repository, commit: CommitId, branch: str) -> None:
        raise RepositoryUnusable(
            source=repository.source, because="nothing is published from here", hint="A replay writes nothing outside."
        )
