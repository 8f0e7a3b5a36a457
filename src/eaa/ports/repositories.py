"""Git on the host: bare mirrors that are read and written without ever running a repository's own code."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from eaa.domain.ids import CommitId, RunId
from eaa.domain.repository import (
    CheckoutState,
    Commit,
    FileChange,
    FileDiff,
    FileHistory,
    Repository,
    TreeEntry,
)


class Repositories(Protocol):
    """Mirrors of repositories. The person's own checkout is only ever read; `publish` adds one branch to its refs.

    Paths are relative to the repository, `/`-separated, decoded with surrogate escapes.
    """

    async def inspect(self, path: Path) -> CheckoutState:
        """Return what is special about a folder that should be a repository, without writing to it.

        Raises:
            RepositoryUnusable: It is not inside a git repository, or git cannot read it.
        """
        ...

    async def open(self, source: str) -> Repository:
        """Mirror a path or URL (or refresh the mirror) and return the repository.

        Raises:
            RepositoryUnusable: Nothing there can be mirrored.
            DiskFull: There is no room for the mirror.
        """
        ...

    async def keep(self, repository: Repository, commit: CommitId) -> None:
        """Make sure that whoever works on a commit of a folder can get it, also where the folder is not.

        Nothing has to be done where everybody works on one disk, nor for an address: it can be fetched from anywhere.

        Raises:
            RepositoryUnusable: It is too large to be sent.
        """
        ...

    async def bring_run(self, repository: Repository, run_id: RunId) -> None:
        """Make sure that the mirror holds every commit that a run has made, wherever it was made.

        Raises:
            CommitPackUnusable: What another host has left of it cannot be used.
        """
        ...

    async def fetch(self, repository: Repository, reference: str) -> CommitId:
        """Fetch one reference that the mirror does not follow, such as `refs/pull/7/head`, and return its commit.

        The commit stays in the mirror. It comes from `repository.source`, which may be another place than the one the
        mirror follows.

        Raises:
            RevisionNotFound: The source has no such reference.
            RepositoryUnusable: The source cannot be read.
        """
        ...

    async def resolve(self, repository: Repository, revision: str) -> Commit:
        """Return the commit a branch, tag, `HEAD` or hash names in the mirror.

        Raises:
            RevisionNotFound: Nothing is called that.
        """
        ...

    async def merge_base(self, repository: Repository, one: CommitId, other: CommitId) -> CommitId:
        """Return the best common ancestor.

        Raises:
            RevisionNotFound: There is none.
        """
        ...

    async def list_files(self, repository: Repository, commit: CommitId) -> tuple[TreeEntry, ...]:
        """Return every entry of a commit's tree, sorted by path; gitlinks and symlinks included as what they are."""
        ...

    async def read_file(
        self, repository: Repository, commit: CommitId, path: str, *, limit_bytes: int = 5_000_000
    ) -> bytes:
        """Return the first bytes of a regular file.

        Raises:
            FileNotInCommit: There is no regular file at the path (symlinks are not followed).
        """
        ...

    async def read_files(
        self, repository: Repository, commit: CommitId, paths: Iterable[str], *, limit_bytes: int = 5_000_000
    ) -> dict[str, bytes]:
        """Return the whole content of many regular files at once, by path; missing and larger ones are left out."""
        ...

    async def diff(self, repository: Repository, base: CommitId, head: CommitId) -> tuple[FileDiff, ...]:
        """Return what changed, sorted by path; a rename is a removal and an addition."""
        ...

    async def diff_text(
        self, repository: Repository, base: CommitId, head: CommitId, *, limit_bytes: int = 200_000
    ) -> str:
        """Return the unified diff for people, bounded."""
        ...

    async def patch_id(self, repository: Repository, base: CommitId, head: CommitId) -> str:
        """Return `git patch-id --stable` of the difference; empty when there is none."""
        ...

    async def commit(
        self,
        repository: Repository,
        *,
        parent: CommitId,
        changes: Sequence[FileChange],
        message: str,
        run_id: RunId,
    ) -> CommitId:
        """Write a commit with these changes on top of a parent, keep it under `refs/eaa/runs/<run>/`, and return it.

        The same arguments give the same commit: author and times are fixed by the parent, so a redone step
        makes no second one.

        Raises:
            UnsafeTree: A path leaves the repository, enters a `.git`, or a mode is not a plain file's.
        """
        ...

    async def history(
        self, repository: Repository, commit: CommitId, paths: Sequence[str], *, limit_commits: int = 500
    ) -> tuple[FileHistory, ...]:
        """Return how often and by whom files were changed in the last commits, in the order of `paths`."""
        ...

    async def is_reachable(self, repository: Repository, commit: CommitId) -> bool:
        """Return whether the repository can be published to from this machine.

        A folder is, when a repository lies there that holds the commit: on another machine the same path may be
        something else. An address always counts as reachable; whether it answers shows when it is asked.
        """
        ...

    async def published(self, repository: Repository, branch: str) -> CommitId | None:
        """Return where a branch points in the source now, or None."""
        ...

    async def publish(self, repository: Repository, commit: CommitId, branch: str) -> None:
        """Create a branch in the source at a commit; a branch that is there already at this commit is left alone.

        Raises:
            BranchTaken: The branch points elsewhere. It is never moved.
            RepositoryUnusable: The source cannot be written.
        """
        ...
