"""The workspace of a loop: what the model's tools change, stored as a commit whenever it differs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from eaa.domain.errors import FileNotInCommit
from eaa.domain.ids import CommitId, RunId
from eaa.domain.repository import FileChange, FileMode, Repository
from eaa.domain.workspace import Workspace
from eaa.engine.tools import Tools
from eaa.kit.digest import sha256_hex

_LARGEST_FILE_BYTES = 256 * 1024 * 1024
_MESSAGE = "wip: the workspace of a run\n"


@dataclass(slots=True)
class Workplace:
    """An open workspace. Its commit stays the one the loop started from, however often it is restored."""

    workspace: Workspace
    tree: CommitId
    """What it was stored as last."""
    _tools: Tools
    _run_id: RunId
    _picture: tuple[tuple[str, str, FileMode], ...] = ()
    _modes: dict[str, FileMode] = field(default_factory=dict)

    async def store(self) -> CommitId | None:
        """Keep the files as they are now; return the new commit, or None when nothing has changed since the last time.

        Raises:
            UnsafeTree: Something in it is not let across the border.
            DiskFull: There is no room.
        """
        changes = await self._tools.workspaces.changes(self.workspace)
        picture = _picture(changes)
        if picture == self._picture:
            return None
        commit = await _commit(changes, self.workspace, run_id=self._run_id, tools=self._tools) if changes else None
        self._note(changes)
        self.tree = commit or self.workspace.commit
        return self.tree

    async def read(self, path: str) -> bytes | None:
        """Return a file's content; None when there is no regular file."""
        try:
            return await self._tools.workspaces.read(self.workspace, path, limit_bytes=_LARGEST_FILE_BYTES)
        except FileNotInCommit:
            return None

    async def write(self, changes: Sequence[FileChange]) -> None:
        """Write files; those that are there keep their mode.

        Raises:
            UnsafeTree: A path leaves the workspace.
        """
        modes = self._modes
        kept = [FileChange(one.path, one.content, modes.get(one.path, FileMode.REGULAR)) for one in changes]
        await self._tools.workspaces.write(self.workspace, kept)

    def mode(self, path: str) -> FileMode | None:
        """Return the mode of a file as it was stored last; None for one that was not there."""
        return self._modes.get(path)

    def paths(self) -> tuple[str, ...]:
        """Return the files as they were stored last, sorted."""
        return tuple(sorted(self._modes))

    async def restore(self, tree: CommitId) -> None:
        """Bring the workspace from what it was stored as last to another commit on the same start."""
        repository, start = self.workspace.repository, self.workspace.commit
        self._modes = {entry.path: entry.mode for entry in await self._tools.repositories.list_files(repository, start)}
        changes = await changes_between(repository, self.tree, tree, tools=self._tools)
        if changes:
            await self._tools.workspaces.write(self.workspace, changes)
        is_fresh = self.tree == start
        self._note(changes if is_fresh else await changes_between(repository, start, tree, tools=self._tools))
        self.tree = tree

    def _note(self, changes: Sequence[FileChange]) -> None:
        self._picture = _picture(changes)
        for change in changes:
            if change.content is None:
                self._modes.pop(change.path, None)
            else:
                self._modes[change.path] = change.mode


@asynccontextmanager
async def open_workplace(
    repository: Repository, *, start: CommitId, tree: CommitId, run_id: RunId, tools: Tools
) -> AsyncIterator[Workplace]:
    """Open a workspace at `start` with the files of `tree`; files that git ignores are not among them."""
    async with tools.workspaces.open(repository, start) as workspace:
        place = Workplace(workspace, start, tools, run_id)
        await place.restore(tree)
        yield place


async def changes_between(
    repository: Repository, start: CommitId, end: CommitId, *, tools: Tools
) -> tuple[FileChange, ...]:
    """Return what makes one commit's tree from another's."""
    if start == end:
        return ()
    diffs = await tools.repositories.diff(repository, start, end)
    kept = [diff.path for diff in diffs if diff.after is not None]
    contents = await tools.repositories.read_files(repository, end, kept, limit_bytes=_LARGEST_FILE_BYTES)
    return tuple(
        FileChange(diff.path, None)
        if diff.after is None
        else FileChange(diff.path, contents[diff.path], diff.after.mode)
        for diff in diffs
    )


async def _commit(changes: Sequence[FileChange], workspace: Workspace, *, run_id: RunId, tools: Tools) -> CommitId:
    return await tools.repositories.commit(
        workspace.repository, parent=workspace.commit, changes=changes, message=_MESSAGE, run_id=run_id
    )


def _picture(changes: Sequence[FileChange]) -> tuple[tuple[str, str, FileMode], ...]:
    return tuple(
        (change.path, "" if change.content is None else sha256_hex(change.content), change.mode) for change in changes
    )
