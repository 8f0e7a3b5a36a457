"""Throw-away checkouts."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from eaa.domain.ids import CommitId
from eaa.domain.repository import FileChange, Repository
from eaa.domain.workspace import Workspace


class Workspaces(Protocol):
    """Makes workspaces: clones of our mirror without hard links, remotes, hooks or filters."""

    def open(self, repository: Repository, commit: CommitId) -> AbstractAsyncContextManager[Workspace]:
        """Check a commit out into a new folder and remove the folder at the end of the block.

        Raises:
            UnsafeTree: The tree holds a nested `.git` or the like. Submodules (gitlinks) stay empty folders.
            DiskFull: There is no room.
        """
        ...

    async def lay_out(self, repository: Repository, commit: CommitId, folder: Path) -> Workspace:
        """Check a commit out into a person's folder, to stay there: an ordinary repository without remotes or hooks.

        The folder may be there already, when it is empty. `write` and `changes` work on it as on any workspace, also
        after the person has changed or committed anything.

        Raises:
            InvalidRequest: There is something in the folder already, or it cannot be made.
            UnsafeTree: As for `open`.
            DiskFull: There is no room.
        """
        ...

    async def write(self, workspace: Workspace, changes: Sequence[FileChange]) -> None:
        """Write files beneath the workspace; symlinks on the way are refused.

        Raises:
            UnsafeTree: A path leaves the workspace.
        """
        ...

    async def read(self, workspace: Workspace, path: str, *, limit_bytes: int = 5_000_000) -> bytes:
        """Return the first bytes of a regular file beneath the workspace; never follows a link out, never blocks.

        Raises:
            FileNotInCommit: There is no regular file at the path.
        """
        ...

    async def changes(self, workspace: Workspace) -> tuple[FileChange, ...]:
        """Return what differs from the workspace's commit, new files that git does not ignore included, sorted by path.

        Raises:
            UnsafeTree: A difference is not a plain file: a device, a link that leaves the tree, a nested repository.
        """
        ...
