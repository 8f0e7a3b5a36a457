"""Throw-away checkouts below EAA_HOME."""

import asyncio
import errno
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from typing_extensions import override

from eaa.adapters.git.beneath import read_beneath, write_beneath
from eaa.adapters.git.capture import Signature, signature, walk
from eaa.adapters.git.changes import Remembered, find_changes
from eaa.adapters.git.host_git import GitFailed, HostGit
from eaa.adapters.git.mirrors import ATTRIBUTES, Mirrors
from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.safe_paths import check_path, leaves_tree
from eaa.adapters.git.trees import decode_path
from eaa.domain.errors import DiskFull, FileNotInCommit, InvalidRequest, RevisionNotFound, UnsafeTree
from eaa.domain.ids import CommitId
from eaa.domain.repository import FileChange, FileMode, Repository
from eaa.domain.workspace import Workspace
from eaa.kit.private_files import make_private_folder
from eaa.kit.removal import remove_tree
from eaa.ports.repositories import Repositories
from eaa.ports.workspaces import Workspaces

_CONFIGURATION = "[core]\n\trepositoryFormatVersion = 0\n\tbare = false\n\tlogAllRefUpdates = false\n"
# Git does not always say why it could not write a file.
_ALMOST_NOTHING_BYTES = 1 << 20
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class GitWorkspaces(Workspaces):
    """Checkouts below `home/workspaces`, with one commit of history and no other reference.

    Other branches, other runs and the remote are not in them, so code in a workspace cannot read what it should not.
    """

    def __init__(self, *, home: Path, owner_uid: int | None = None, repositories: Repositories | None = None) -> None:
        """Make workspaces below EAA_HOME, owned by a uid when we are root and the sandbox runs as another.

        Args:
            home: EAA_HOME.
            owner_uid: Host user of sandboxed processes when we are root.
            repositories: The same mirrors, where they are asked first and may fetch what they lack.
        """
        self._folder = home.resolve() / "workspaces"
        self._mirrors = Mirrors(home.resolve())
        self._repositories = repositories or GitRepositories(home=home)
        self._owner_uid = owner_uid if os.geteuid() == 0 else None
        self._untouched: dict[Path, dict[str, Signature]] = {}
        self._remembered: dict[Path, Remembered] = {}

    @override
    def open(self, repository: Repository, commit: CommitId) -> AbstractAsyncContextManager[Workspace]:
        return self._opened(repository, commit)

    @asynccontextmanager
    async def _opened(self, repository: Repository, commit: CommitId) -> AsyncIterator[Workspace]:
        entries = await self._repositories.list_files(repository, commit)
        for entry in entries:
            check_path(entry.path)
        folder = self._make_folder()
        root = folder / "src"
        try:
            await self._check_out(repository, commit, root)
            self._untouched[root] = await asyncio.to_thread(_hand_over, root, self._owner_uid)
            self._remembered[root] = Remembered()
            yield Workspace(root, repository, commit)
        finally:
            self._untouched.pop(root, None)
            self._remembered.pop(root, None)
            await asyncio.to_thread(remove_tree, folder)

    @override
    async def lay_out(self, repository: Repository, commit: CommitId, folder: Path) -> Workspace:
        for entry in await self._repositories.list_files(repository, commit):
            check_path(entry.path)
        root = await asyncio.to_thread(_make_empty, folder)
        await self._check_out(repository, commit, root)
        return Workspace(root, repository, commit)

    @override
    async def write(self, workspace: Workspace, changes: Sequence[FileChange]) -> None:
        for change in changes:
            check_path(change.path)
            if change.mode is FileMode.GITLINK:
                raise UnsafeTree(path=change.path, because="it is a submodule")
            if change.mode is FileMode.SYMLINK and leaves_tree(change.path, decode_path(change.content or b"")):
                raise UnsafeTree(path=change.path, because="it is a link that leaves the repository")
        await asyncio.to_thread(_write_all, workspace.root, changes)

    @override
    async def read(self, workspace: Workspace, path: str, *, limit_bytes: int = 5_000_000) -> bytes:
        try:
            return await asyncio.to_thread(read_beneath, workspace.root, path, limit_bytes=limit_bytes)
        except (OSError, ValueError):
            raise FileNotInCommit(path=path, commit=workspace.commit) from None

    @override
    async def changes(self, workspace: Workspace) -> tuple[FileChange, ...]:
        entries = await self._repositories.list_files(workspace.repository, workspace.commit)
        git = HostGit(
            self._mirrors.configuration,
            git_dir=self._mirrors.path(workspace.repository),
            protocols="none",
            # `check-ignore` refuses to work with literal paths.
            environment={"GIT_WORK_TREE": str(workspace.root), "GIT_LITERAL_PATHSPECS": "0"},
        )
        untouched = self._untouched.get(workspace.root, {})
        return await find_changes(
            workspace.root,
            entries,
            untouched,
            git=git,
            ignored=self._mirrors.ignored,
            remembered=self._remembered.get(workspace.root) or Remembered(),
        )

    def _make_folder(self) -> Path:
        try:
            make_private_folder(self._folder)
            return Path(tempfile.mkdtemp(prefix="ws-", dir=self._folder))
        except OSError as error:
            raise DiskFull(path=str(self._folder)) from error

    async def _check_out(self, repository: Repository, commit: CommitId, root: Path) -> None:
        git_dir = root / ".git"
        plain = HostGit(self._mirrors.configuration)
        await plain.run("init", "--quiet", "--template=", str(root))
        (git_dir / "info").mkdir(exist_ok=True)
        (git_dir / "info/attributes").write_text(ATTRIBUTES)
        (git_dir / "config").write_text(_CONFIGURATION)
        git = HostGit(self._mirrors.configuration, git_dir=git_dir, environment={"GIT_WORK_TREE": str(root)})
        try:
            options = ["--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head"]
            await git.run("fetch", *options, "--", str(self._mirrors.path(repository)), commit)
        except GitFailed:
            raise RevisionNotFound(revision=commit) from None
        try:
            await git.run("-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", commit, cwd=root)
        except GitFailed as failure:
            if shutil.disk_usage(root).free < _ALMOST_NOTHING_BYTES:
                raise DiskFull(path=str(root)) from None
            raise UnsafeTree(path=".", because=f"git refuses to check it out: {failure.because()}") from None


def _make_empty(folder: Path) -> Path:
    """Make a person's folder, unless it is there and empty, and return its absolute path."""
    root = folder.absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
        is_empty = next(root.iterdir(), None) is None
    except OSError as error:
        raise InvalidRequest(f"{root} cannot be made: {error.strerror}", hint="Name another folder.") from error
    if not is_empty:
        raise InvalidRequest(f"there is something in {root} already", hint="Name a new folder.")
    return root


def _hand_over(root: Path, uid: int | None) -> dict[str, Signature]:
    """Give the files to the sandbox's uid, if it is another, and return what each looks like now."""
    if uid is not None:
        for folder, folders, files in os.walk(root):
            for name in (*folders, *files):
                os.chown(os.path.join(folder, name), uid, uid, follow_symlinks=False)  # noqa: PTH118 - many files
        os.chown(root, uid, uid, follow_symlinks=False)
    return {path: signature(status) for path, status in walk(root, "").files.items()}


def _write_all(root: Path, changes: Sequence[FileChange]) -> None:
    try:
        # Removals first: a folder may become a file.
        for change in sorted(changes, key=lambda change: change.content is not None):
            write_beneath(root, change.path, change.content, change.mode)
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise DiskFull(path=str(root)) from error
        raise
