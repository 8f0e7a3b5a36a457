"""Commits as bytes: how hosts that share no disk hand them to each other."""

from collections.abc import Collection
from typing import Protocol

from eaa.domain.ids import CommitId
from eaa.domain.repository import Repository


class Packs(Protocol):
    """Makes packs of what a mirror holds, and adds what was packed elsewhere to a mirror.

    What comes out of a pack is checked as strictly as what comes from a stranger's repository.
    """

    async def missing(self, repository: Repository, commits: Collection[CommitId]) -> frozenset[CommitId]:
        """Return which of these commits the mirror lacks, all of them when there is no mirror here yet."""
        ...

    async def pack(
        self, repository: Repository, commits: Collection[CommitId], *, known: Collection[CommitId]
    ) -> bytes:
        """Return a pack with commits and what they need, without what the known ones bring along.

        Raises:
            RevisionNotFound: The mirror has no such commit.
            DiskFull: The pack is larger than may be kept.
        """
        ...

    async def unpack(self, repository: Repository, pack: bytes, commits: Collection[CommitId]) -> None:
        """Add a pack to the mirror, which is made when there is none, and keep its commits from being cleaned away.

        Adding it again changes nothing.

        Raises:
            BundleUnreadable: Git refuses the pack, or it needs what the mirror lacks.
            DiskFull: There is no room.
        """
        ...
