"""Commits as packs, inside a transaction of the store."""

from typing import Protocol

from eaa.domain.commit_pack import CommitPack
from eaa.domain.ids import CommitId, RepositoryId, RunId


class CommitPacks(Protocol):
    """Says which blob holds which commit."""

    async def add(self, pack: CommitPack) -> None:
        """Add a commit's pack; one that is there already for this commit and run stays as it is."""
        ...

    async def find(self, repository_id: RepositoryId, commit: CommitId) -> CommitPack | None:
        """Return a pack of a commit, whichever run made it; None when nobody has left it."""
        ...

    async def of_run(self, run_id: RunId) -> tuple[CommitPack, ...]:
        """Return the packs of the commits that a run made, sorted by commit."""
        ...
