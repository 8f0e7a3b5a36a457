"""Mirrors of hosts that share no disk: what one of them commits, the others find through the database."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from typing_extensions import override

from eaa.adapters.git.commit_packs import MirrorPacks, Packed
from eaa.adapters.git.mirrors import Mirrors
from eaa.adapters.git.repositories import GitRepositories
from eaa.domain.commit_pack import BASE_RUN, CommitPack
from eaa.domain.errors import RepositoryUnusable
from eaa.domain.ids import DEFAULT_ORGANISATION, CommitId, RepositoryId, RunId
from eaa.domain.repository import (
    CheckoutState,
    Commit,
    FileChange,
    FileDiff,
    FileHistory,
    Repository,
    TreeEntry,
    is_elsewhere,
)
from eaa.ports.blobs import Blobs
from eaa.ports.repositories import Repositories
from eaa.ports.store import Store

_HASH_CHARACTERS = 40
_HEXADECIMAL = frozenset("0123456789abcdef")


class SharedRepositories(Repositories):
    """Mirrors below EAA_HOME that leave every commit of a run in the database, and fetch from there what they lack.

    A commit is left before `commit` returns, so before the step that made it counts as done.
    """

    def __init__(self, inner: GitRepositories, *, home: Path, store: Store, blobs: Blobs) -> None:
        """Share the mirrors below `home`.

        Args:
            inner: The same mirrors.
            home: EAA_HOME.
            store: Where packs are on record.
            blobs: Where packs are; every host must see the same ones.
        """
        self._inner = inner
        self._packs = MirrorPacks(Mirrors(home.resolve()))
        self._store = store
        self._blobs = blobs
        self._here: set[tuple[RepositoryId, CommitId]] = set()

    @override
    async def bring_run(self, repository: Repository, run_id: RunId) -> None:
        async with self._store.begin() as session:
            packs = await session.commit_packs.of_run(run_id)
        for pack in packs:
            if pack.repository_id == repository.id:
                await self._have(repository, pack.commit)

    @override
    async def inspect(self, path: Path) -> CheckoutState:
        return await self._inner.inspect(path)

    @override
    async def open(self, source: str) -> Repository:
        return await self._inner.open(source)

    @override
    async def keep(self, repository: Repository, commit: CommitId) -> None:
        if is_elsewhere(repository.source):
            return
        async with self._store.begin() as session:
            if await session.commit_packs.find(repository.id, commit) is not None:
                return
        packed = await self._packs.pack_base(repository, commit)
        await self._leave(repository, commit, packed, run_id=BASE_RUN, needs=None)

    @override
    async def fetch(self, repository: Repository, reference: str) -> CommitId:
        return await self._inner.fetch(repository, reference)

    @override
    async def resolve(self, repository: Repository, revision: str) -> Commit:
        if len(revision) == _HASH_CHARACTERS and _HEXADECIMAL.issuperset(revision):
            await self._have(repository, CommitId(revision))
        return await self._inner.resolve(repository, revision)

    @override
    async def merge_base(self, repository: Repository, one: CommitId, other: CommitId) -> CommitId:
        await self._have(repository, one, other)
        return await self._inner.merge_base(repository, one, other)

    @override
    async def list_files(self, repository: Repository, commit: CommitId) -> tuple[TreeEntry, ...]:
        await self._have(repository, commit)
        return await self._inner.list_files(repository, commit)

    @override
    async def read_file(
        self, repository: Repository, commit: CommitId, path: str, *, limit_bytes: int = 5_000_000
    ) -> bytes:
        await self._have(repository, commit)
        return await self._inner.read_file(repository, commit, path, limit_bytes=limit_bytes)

    @override
    async def read_files(
        self, repository: Repository, commit: CommitId, paths: Iterable[str], *, limit_bytes: int = 5_000_000
    ) -> dict[str, bytes]:
        await self._have(repository, commit)
        return await self._inner.read_files(repository, commit, paths, limit_bytes=limit_bytes)

    @override
    async def diff(self, repository: Repository, base: CommitId, head: CommitId) -> tuple[FileDiff, ...]:
        await self._have(repository, base, head)
        return await self._inner.diff(repository, base, head)

    @override
    async def diff_text(
        self, repository: Repository, base: CommitId, head: CommitId, *, limit_bytes: int = 200_000
    ) -> str:
        await self._have(repository, base, head)
        return await self._inner.diff_text(repository, base, head, limit_bytes=limit_bytes)

    @override
    async def patch_id(self, repository: Repository, base: CommitId, head: CommitId) -> str:
        await self._have(repository, base, head)
        return await self._inner.patch_id(repository, base, head)

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
        await self._have(repository, parent)
        made = await self._inner.commit(repository, parent=parent, changes=changes, message=message, run_id=run_id)
        async with self._store.begin() as session:
            left = await session.commit_packs.of_run(run_id)
        if (repository.id, made) not in {(pack.repository_id, pack.commit) for pack in left}:
            packed = await self._packs.pack(repository, made, needs=parent)
            await self._leave(repository, made, packed, run_id=run_id, needs=parent)
        return made

    @override
    async def history(
        self, repository: Repository, commit: CommitId, paths: Sequence[str], *, limit_commits: int = 500
    ) -> tuple[FileHistory, ...]:
        await self._have(repository, commit)
        return await self._inner.history(repository, commit, paths, limit_commits=limit_commits)

    @override
    async def is_reachable(self, repository: Repository, commit: CommitId) -> bool:
        return await self._inner.is_reachable(repository, commit)

    @override
    async def published(self, repository: Repository, branch: str) -> CommitId | None:
        return await self._inner.published(repository, branch)

    @override
    async def publish(self, repository: Repository, commit: CommitId, branch: str) -> None:
        await self._have(repository, commit)
        await self._inner.publish(repository, commit, branch)

    async def _leave(
        self, repository: Repository, commit: CommitId, packed: Packed, *, run_id: str, needs: CommitId | None
    ) -> None:
        blob = await self._blobs.put(packed.content)
        pack = CommitPack(
            organisation_id=DEFAULT_ORGANISATION,
            repository_id=repository.id,
            commit=commit,
            run_id=run_id,
            needs=needs,
            shallow=",".join(packed.shallow),
            blob=blob,
            size_bytes=len(packed.content),
        )
        async with self._store.begin() as session:
            await session.commit_packs.add(pack)

    async def _have(self, repository: Repository, *commits: CommitId) -> None:
        """Fetch what the mirror lacks and somebody has left; what nobody has left stays missing."""
        for commit in commits:
            if (repository.id, commit) in self._here:
                continue
            if await self._packs.has(repository, commit) or await self._brought(repository, commit):
                self._here.add((repository.id, commit))

    async def _brought(self, repository: Repository, commit: CommitId) -> bool:
        chain: list[CommitPack] = []
        wanted: CommitId | None = commit
        while wanted is not None and not await self._packs.has(repository, wanted):
            async with self._store.begin() as session:
                pack = await session.commit_packs.find(repository.id, wanted)
            # The source knows more of a base than a pack does; what a run made, it does not know.
            if (pack is None or pack.needs is None) and await self._refreshed(repository, wanted):
                break
            if pack is None:
                return False
            chain.append(pack)
            wanted = pack.needs
        for pack in reversed(chain):
            await self._packs.unpack(repository, pack, await self._blobs.get(pack.blob))
        return await self._packs.has(repository, commit)

    async def _refreshed(self, repository: Repository, wanted: CommitId) -> bool:
        """Bring the mirror up to date with the source where that is within reach; return whether that has helped."""
        try:
            await self._inner.open(repository.source)
        except RepositoryUnusable:
            if is_elsewhere(repository.source):
                raise
            # A folder of another host.
            return False
        return await self._packs.has(repository, wanted)
