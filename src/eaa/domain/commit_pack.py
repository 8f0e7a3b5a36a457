"""Where a commit can be had by hosts that share no disk."""

from dataclasses import dataclass

from eaa.domain.ids import BlobId, CommitId, OrganisationId, RepositoryId

BASE_RUN = ""
"""In place of a run: the commit is one that work starts from, and belongs to no run."""


@dataclass(frozen=True, slots=True)
class CommitPack:
    """A commit as a git pack in a blob."""

    organisation_id: OrganisationId
    repository_id: RepositoryId
    commit: CommitId
    run_id: str
    """The run that made it, or BASE_RUN."""
    needs: CommitId | None
    """The commit that must be there before the pack can be unpacked; None when the pack stands for itself."""
    shallow: str
    """Commits whose parents the pack leaves out, `,`-separated; empty when the history is whole."""
    blob: BlobId
    size_bytes: int
