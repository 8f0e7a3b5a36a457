"""Mirrors of repositories, kept by the host's git."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

from typing_extensions import override

from eaa.adapters.git.checkout import inspect_checkout, read_blobs
from eaa.adapters.git.commits import write_commit
from eaa.adapters.git.history import LOG_FORMAT, parse_histories
from eaa.adapters.git.host_git import GitFailed, HostGit
from eaa.adapters.git.mirrors import Mirrors
from eaa.adapters.git.publishing import publish_branch, published_at
from eaa.adapters.git.tokens import HttpToken
from eaa.adapters.git.trees import parse_differences, parse_tree
from eaa.domain.errors import FileNotInCommit, RepositoryUnusable, RevisionNotFound
from eaa.domain.ids import CommitId, RepositoryId, RunId, TreeId
from eaa.domain.repository import (
    CheckoutState,
    Commit,
    FileChange,
    FileDiff,
    FileHistory,
    FileMode,
    Repository,
    TreeEntry,
    is_elsewhere,
)
from eaa.ports.repositories import Repositories

_HASH = re.compile(r"[0-9a-f]{40}")
_TREES = 16
_LONGEST_REVISION = 4_000
_PLAIN = (FileMode.REGULAR, FileMode.EXECUTABLE)
_DIFFERENCE = ("diff-tree", "-r", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short")


class GitRepositories(Repositories):
    """Mirrors below `home/repositories`. Safe to share between coroutines and between processes on one home."""

    def __init__(self, *, home: Path, token: HttpToken | None = None) -> None:
        """Keep mirrors below EAA_HOME; nothing is made before it is needed.

        Args:
            home: EAA_HOME.
            token: Lets git in at one web address.
        """
        self._mirrors = Mirrors(home.resolve(), token)
        self._trees: OrderedDict[tuple[RepositoryId, CommitId], tuple[TreeEntry, ...]] = OrderedDict()
        self._times: OrderedDict[tuple[RepositoryId, CommitId], int] = OrderedDict()

    @override
    async def inspect(self, path: Path) -> CheckoutState:
        self._mirrors.prepare()
        return await inspect_checkout(path, configuration=self._mirrors.configuration)

    @override
    async def open(self, source: str) -> Repository:
        return await self._mirrors.refresh(await self._mirrors.source(source))

    @override
    async def keep(self, repository: Repository, commit: CommitId) -> None:
        """Do nothing: whoever works with these mirrors shares their disk."""

    @override
    async def bring_run(self, repository: Repository, run_id: RunId) -> None:
        """Do nothing: every commit of a run was made on this disk."""

    @override
    async def fetch(self, repository: Repository, reference: str) -> CommitId:
        source = await self._mirrors.source(repository.source)
        return (await self.resolve(repository, await self._mirrors.fetch(repository, source, reference))).id

    @override
    async def resolve(self, repository: Repository, revision: str) -> Commit:
        if not _may_be_a_revision(revision):
            raise RevisionNotFound(revision=revision)
        try:
            said = await self._git(repository).run("rev-parse", f"{revision}^{{commit}}", f"{revision}^{{tree}}", "--")
        except GitFailed:
            raise RevisionNotFound(revision=revision) from None
        names = said.decode(errors="replace").split()[:-1]
        if len(names) != 2 or not all(_HASH.fullmatch(name) for name in names):
            raise RevisionNotFound(revision=revision)
        return Commit(CommitId(names[0]), TreeId(names[1]))

    @override
    async def merge_base(self, repository: Repository, one: CommitId, other: CommitId) -> CommitId:
        try:
            said = await self._git(repository).run("merge-base", one, other)
        except GitFailed:
            raise RevisionNotFound(revision=f"{one[:12]}...{other[:12]}") from None
        return CommitId(said.decode().split()[0])

    @override
    async def list_files(self, repository: Repository, commit: CommitId) -> tuple[TreeEntry, ...]:
        key = (repository.id, commit)
        if key not in self._trees:
            try:
                listing = await self._git(repository).run("ls-tree", "-r", "-l", "-z", "--full-tree", commit)
            except GitFailed:
                raise RevisionNotFound(revision=commit) from None
            self._trees[key] = parse_tree(listing)
            while len(self._trees) > _TREES:
                self._trees.popitem(last=False)
        return self._trees[key]

    @override
    async def read_file(
        self, repository: Repository, commit: CommitId, path: str, *, limit_bytes: int = 5_000_000
    ) -> bytes:
        entries = [entry for entry in await self.list_files(repository, commit) if entry.path == path]
        if not entries or entries[0].mode not in _PLAIN:
            raise FileNotInCommit(path=path, commit=commit)
        return await self._git(repository).head_of_output("cat-file", "blob", entries[0].blob, limit_bytes=limit_bytes)

    @override
    async def read_files(
        self, repository: Repository, commit: CommitId, paths: Iterable[str], *, limit_bytes: int = 5_000_000
    ) -> dict[str, bytes]:
        wanted = set(paths)
        entries = [
            entry
            for entry in await self.list_files(repository, commit)
            if entry.path in wanted and entry.mode in _PLAIN and entry.size_bytes <= limit_bytes
        ]
        return await read_blobs(self._git(repository), entries)

    @override
    async def diff(self, repository: Repository, base: CommitId, head: CommitId) -> tuple[FileDiff, ...]:
        before, after = await asyncio.gather(self.list_files(repository, base), self.list_files(repository, head))
        output = await self._git(repository).run(*_DIFFERENCE, "-z", "--raw", "-p", "-U0", "--no-abbrev", base, head)
        return parse_differences(before, after, output)

    @override
    async def diff_text(
        self, repository: Repository, base: CommitId, head: CommitId, *, limit_bytes: int = 200_000
    ) -> str:
        git = self._git(repository)
        output = await git.head_of_output(*_DIFFERENCE, "-p", base, head, limit_bytes=limit_bytes + 1)
        text = output[:limit_bytes].decode(errors="replace")
        return (
            text if len(output) <= limit_bytes else f"{text}\n[… the difference is longer than {limit_bytes} bytes …]\n"
        )

    @override
    async def patch_id(self, repository: Repository, base: CommitId, head: CommitId) -> str:
        git = self._git(repository)
        patch = await git.run(*_DIFFERENCE, "-p", "--full-index", base, head)
        said = await git.run("patch-id", "--stable", stdin=patch)
        return said.decode().split()[0] if said else ""

    @override
    async def commit(
        self,
        repository: Repository,
        *,
        parent: CommitId,
        changes: Sequence[FileChange],
        message: str,
        run_id: RunId,
    ) -> CommitId:
        entries = await self.list_files(repository, parent)
        return await write_commit(
            self._git(repository),
            parent=parent,
            parent_time=await self._committed_at(repository, parent),
            entries=entries,
            changes=changes,
            message=message,
            run_id=run_id,
        )

    @override
    async def history(
        self, repository: Repository, commit: CommitId, paths: Sequence[str], *, limit_commits: int = 500
    ) -> tuple[FileHistory, ...]:
        output = await self._git(repository).run("log", f"--max-count={limit_commits}", *LOG_FORMAT, commit)
        return parse_histories(output, paths)

    @override
    async def is_reachable(self, repository: Repository, commit: CommitId) -> bool:
        if is_elsewhere(repository.source):
            return True
        try:
            source = await self._mirrors.source(repository.source)
            git = HostGit(self._mirrors.configuration, git_dir=source.git_dir, protocols="none")
            await git.run("cat-file", "-e", f"{commit}^{{commit}}")
        except (RepositoryUnusable, GitFailed):
            return False
        return True

    @override
    async def published(self, repository: Repository, branch: str) -> CommitId | None:
        return await published_at(self._mirrors, repository, await self._mirrors.source(repository.source), branch)

    @override
    async def publish(self, repository: Repository, commit: CommitId, branch: str) -> None:
        source = await self._mirrors.source(repository.source)
        await publish_branch(self._mirrors, repository, source, commit, branch)

    async def _committed_at(self, repository: Repository, commit: CommitId) -> int:
        """Return when a commit was written, in seconds since 1970."""
        key = (repository.id, commit)
        if key not in self._times:
            try:
                said = await self._git(repository).run("show", "-s", "--format=%ct", commit)
            except GitFailed:
                raise RevisionNotFound(revision=commit) from None
            self._times[key] = int(said)
            while len(self._times) > _TREES:
                self._times.popitem(last=False)
        return self._times[key]

    def _git(self, repository: Repository) -> HostGit:
        return self._mirrors.git(repository)


def _may_be_a_revision(text: str) -> bool:
    """Say whether git may be asked: no option, and an argument that a process can be given."""
    if not text or text.startswith("-") or "\0" in text or len(text) > _LONGEST_REVISION:
        return False
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
