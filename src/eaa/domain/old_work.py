"""What is left of work that nobody goes on with."""

from dataclasses import dataclass

from eaa.domain.ids import BlobId, CommitId, RepositoryId, RoleCallId, RunId


@dataclass(frozen=True, slots=True)
class OldWork:
    """Rows of runs that are over, and the blobs that only these rows refer to."""

    calls: tuple[RoleCallId, ...] = ()
    packs: tuple[tuple[RepositoryId, CommitId, RunId], ...] = ()
    blobs: frozenset[BlobId] = frozenset()

    @property
    def rows(self) -> int:
        """Return how many rows it has."""
        return len(self.calls) + len(self.packs)
