"""Puts one new branch into the place a repository came from, and touches nothing else there.

Pushing into a local repository would run its hooks, so the objects are fetched from our side instead, with hooks off,
and the reference is created only if there is none. The person's index and files are never touched.
"""

from contextlib import suppress
from pathlib import Path

from eaa.adapters.git.host_git import GitFailed, HostGit, unusable
from eaa.adapters.git.mirrors import Mirrors
from eaa.adapters.git.sources import Source
from eaa.domain.errors import BranchTaken, RepositoryUnusable
from eaa.domain.ids import CommitId
from eaa.domain.repository import Repository
from eaa.kit.digest import sha256_hex

_HINT = "Check that you may write to it; GitHub wants EAA_GITHUB_TOKEN with write access to contents."
_NOBODY = "0" * 40


async def published_at(mirrors: Mirrors, repository: Repository, source: Source, branch: str) -> CommitId | None:
    """Return where a branch points in the source now.

    Raises:
        RepositoryUnusable: The source cannot be read.
    """
    reference = f"refs/heads/{branch}"
    git = mirrors.git_towards(repository, source)
    try:
        listing = await git.run("ls-remote", "--", source.address, reference)
    except GitFailed as failure:
        raise unusable(source.address, failure, hint=_HINT) from failure
    for line in listing.decode("utf-8", "surrogateescape").splitlines():
        commit, name = line.split("\t", 1)
        if name == reference:
            return CommitId(commit)
    return None


async def publish_branch(
    mirrors: Mirrors, repository: Repository, source: Source, commit: CommitId, branch: str
) -> None:
    """Create the branch in the source; one that is there already at this commit is left alone.

    Raises:
        BranchTaken: The branch points elsewhere.
        RepositoryUnusable: The branch has an impossible name, or the source cannot be written.
    """
    await _check_name(mirrors, repository, branch)
    if await _is_there(mirrors, repository, source, commit, branch):
        return
    try:
        if source.git_dir is None:
            await _push(mirrors, repository, source, commit, branch)
        else:
            await _let_fetch(mirrors, repository, source.git_dir, commit, branch)
    except GitFailed as failure:
        # Somebody else may have created it in between, perhaps another of our own processes.
        if await _is_there(mirrors, repository, source, commit, branch):
            return
        raise unusable(source.address, failure, hint=_HINT) from failure


async def _check_name(mirrors: Mirrors, repository: Repository, branch: str) -> None:
    try:
        await mirrors.git(repository).run("check-ref-format", f"refs/heads/{branch}")
        is_possible = not branch.startswith("-")
    except GitFailed:
        is_possible = False
    if not is_possible:
        because = f"{branch!r} cannot be the name of a branch"
        raise RepositoryUnusable(source=repository.source, because=because, hint="Choose another name.")


async def _is_there(mirrors: Mirrors, repository: Repository, source: Source, commit: CommitId, branch: str) -> bool:
    there = await published_at(mirrors, repository, source, branch)
    if there is not None and there != commit:
        raise BranchTaken(branch=branch, commit=there)
    return there is not None


async def _push(mirrors: Mirrors, repository: Repository, source: Source, commit: CommitId, branch: str) -> None:
    git = mirrors.git_towards(repository, source)
    reference = f"refs/heads/{branch}"
    # The lease on nothing means: create it, never move it.
    lease = f"--force-with-lease={reference}:"
    await git.run("push", "--quiet", "--no-verify", lease, "--", source.address, f"{commit}:{reference}")


async def _let_fetch(mirrors: Mirrors, repository: Repository, git_dir: Path, commit: CommitId, branch: str) -> None:
    ours = mirrors.git(repository)
    offered = f"refs/eaa/publish/{sha256_hex(branch.encode('utf-8', 'surrogateescape'))[:16]}"
    await ours.run("update-ref", offered, commit)
    try:
        theirs = HostGit(mirrors.configuration, git_dir=git_dir, protocols="file")
        options = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"]
        await theirs.run("fetch", *options, "--", str(mirrors.path(repository)), offered)
        await theirs.run("update-ref", "-m", "eaa: publish", f"refs/heads/{branch}", commit, _NOBODY)
    finally:
        with suppress(GitFailed):
            await ours.run("update-ref", "-d", offered)
