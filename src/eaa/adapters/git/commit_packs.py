"""Commits as packs: what a mirror gives to other hosts, and what it takes from them."""

import asyncio
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from eaa.adapters.git.host_git import GitFailed, HostGit
from eaa.adapters.git.locks import file_lock
from eaa.adapters.git.mirrors import Mirrors
from eaa.domain.commit_pack import BASE_RUN, CommitPack
from eaa.domain.errors import CommitPackUnusable, DiskFull, RepositoryUnusable
from eaa.domain.ids import CommitId
from eaa.domain.repository import Repository

WHOLE_BYTES = 64 * 1024 * 1024
"""Up to here a base goes out with its whole history, beyond with fewer commits."""
LARGEST_BYTES = 256 * 1024 * 1024
"""Of any pack."""
_DEPTHS = (500, 1)
"""Commits of history when the whole is too much: what files are ranked by, then none."""
_PACKING = ("pack-objects", "--stdout", "--revs", "--quiet", "--threads=1", "--delta-base-offset")
# What old but sound histories hold; whatever could lead out of a tree is refused.
_OLD_HABITS = ("badTimezone", "missingSpaceBeforeDate", "missingSpaceBeforeEmail", "missingEmail", "zeroPaddedFilemode")
_RUN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Packed:
    """A pack, and the commits in it whose parents are not."""

    content: bytes
    shallow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MirrorPacks:
    """Packs out of mirrors, and into them."""

    mirrors: Mirrors

    async def has(self, repository: Repository, commit: CommitId) -> bool:
        """Return whether the mirror holds a commit."""
        if _HASH.fullmatch(commit) is None or not self.mirrors.path(repository).is_dir():
            return False
        try:
            await self.mirrors.git(repository).run("cat-file", "-e", f"{commit}^{{commit}}")
        except GitFailed:
            return False
        return True

    async def pack(self, repository: Repository, commit: CommitId, *, needs: CommitId) -> Packed:
        """Return what a commit adds to another one.

        Raises:
            RepositoryUnusable: It is too large, or git cannot read it.
        """
        git = self.mirrors.git(repository)
        try:
            content = await git.run(*_PACKING, "--thin", stdin=f"{commit}\n^{needs}\n".encode())
        except GitFailed as failure:
            raise _unpackable(repository, failure.because()) from failure
        if len(content) > LARGEST_BYTES:
            raise _unpackable(repository, f"a change has {len(content) // 1_000_000} MB")
        return Packed(content)

    async def pack_base(self, repository: Repository, commit: CommitId) -> Packed:
        """Return a commit that work starts from, with as much of its history as is reasonable.

        Raises:
            RepositoryUnusable: Its files alone are too large, or git cannot read it.
            DiskFull: There is no room to cut the history.
        """
        try:
            if await _size(self.mirrors.git(repository), commit) <= WHOLE_BYTES:
                return await _packed(self.mirrors.git(repository), self.mirrors.path(repository), commit)
            for depth in _DEPTHS:
                packed = await self._cut(repository, commit, depth)
                if packed is not None:
                    return packed
        except GitFailed as failure:
            raise _unpackable(repository, failure.because()) from failure
        raise _unpackable(repository, f"its files have more than {LARGEST_BYTES // 1_000_000} MB")

    async def _cut(self, repository: Repository, commit: CommitId, depth: int) -> Packed | None:
        """Return a commit with so many commits of history; None when that is still too much."""
        folder = self.mirrors.folder / f"{repository.id}.{uuid4().hex}"
        try:
            await HostGit(self.mirrors.configuration).run("init", "--quiet", "--bare", "--template=", str(folder))
            git = HostGit(self.mirrors.configuration, git_dir=folder)
            options = ["--quiet", f"--depth={depth}", "--no-tags", "--no-write-fetch-head"]
            await git.run("fetch", *options, "--", str(self.mirrors.path(repository)), commit)
            if await _size(git, commit) > (LARGEST_BYTES if depth == 1 else WHOLE_BYTES):
                return None
            return await _packed(git, folder, commit)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def unpack(self, repository: Repository, pack: CommitPack, content: bytes) -> None:
        """Put a pack into the mirror, and keep its commit by a reference.

        Raises:
            CommitPackUnusable: Git refuses it, or the commit is not in it.
            DiskFull: There is no room.
        """
        self.mirrors.prepare()
        await self.mirrors.create(repository.id)
        git = self.mirrors.git(repository)
        async with file_lock(self.mirrors.folder / f"{repository.id}.packs.lock"):
            try:
                await self._note_shallow(repository, pack)
                strictly = f"--strict={','.join(f'{habit}=ignore' for habit in _OLD_HABITS)}"
                limit = f"--max-input-size={LARGEST_BYTES}"
                await git.run("index-pack", "--stdin", "--fix-thin", strictly, limit, stdin=content)
                await git.run("update-ref", "--no-deref", _reference(pack), f"{pack.commit}^{{commit}}")
            except GitFailed as failure:
                raise CommitPackUnusable(commit=pack.commit, because=failure.because()) from failure

    async def _note_shallow(self, repository: Repository, pack: CommitPack) -> None:
        """Say which commits have no parents here, before their objects are: a kill in between does no harm."""
        cut = [name for name in pack.shallow.split(",") if _HASH.fullmatch(name)]
        new = [name for name in cut if not await self.has(repository, CommitId(name))]
        if not new:
            return
        file = self.mirrors.path(repository) / "shallow"
        try:
            await asyncio.to_thread(_write_lines, file, new)
        except OSError as error:
            raise DiskFull(path=str(file)) from error


async def _size(git: HostGit, commit: CommitId) -> int:
    return int(await git.run("rev-list", "--objects", "--disk-usage", commit))


async def _packed(git: HostGit, folder: Path, commit: CommitId) -> Packed:
    """Return everything that a repository has of a commit."""
    shallow: tuple[str, ...] = ()
    known = await asyncio.to_thread(_lines, folder / "shallow")
    if known:
        reached = (await git.run("rev-list", commit)).decode().split()
        shallow = tuple(sorted(known.intersection(reached)))
    return Packed(await git.run(*_PACKING, stdin=f"{commit}\n".encode()), shallow)


def _reference(pack: CommitPack) -> str:
    if pack.run_id == BASE_RUN:
        return f"refs/eaa/bases/{pack.commit}"
    if _RUN.fullmatch(pack.run_id) is None:
        raise CommitPackUnusable(commit=pack.commit, because="it names no run")
    return f"refs/eaa/runs/{pack.run_id}/{pack.commit[:16]}"


def _lines(file: Path) -> set[str]:
    try:
        return set(file.read_text().split())
    except FileNotFoundError:
        return set()


def _write_lines(file: Path, new: list[str]) -> None:
    temporary = file.with_name(f"{file.name}.{uuid4().hex}")
    temporary.write_text("".join(f"{line}\n" for line in sorted(_lines(file) | set(new))))
    temporary.replace(file)


def _unpackable(repository: Repository, because: str) -> RepositoryUnusable:
    hint = "Other hosts cannot get it from a folder then. Name its address (`--repo URL`), or work on one machine."
    return RepositoryUnusable(source=repository.source, because=f"it cannot be packed: {because}", hint=hint)
