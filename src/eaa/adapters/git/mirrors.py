"""Bare mirrors below EAA_HOME, one a repository."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from eaa.adapters.git.host_git import GitFailed, HostGit, unusable
from eaa.adapters.git.locks import file_lock
from eaa.adapters.git.sources import Source, find_source
from eaa.adapters.git.tokens import HttpToken
from eaa.domain.errors import DiskFull, RepositoryUnusable, RevisionNotFound
from eaa.domain.ids import RepositoryId
from eaa.domain.repository import Repository
from eaa.kit.digest import sha256_hex
from eaa.kit.private_files import make_private_folder

ATTRIBUTES = "* -filter -text -ident !eol !diff !merge !working-tree-encoding\n"
"""No filter and no conversion of anything, whatever the repository's own attributes say."""
_CONFIGURATION = """\
[safe]
	directory = *
[core]
	hooksPath = /dev/null
	fsmonitor = false
	attributesFile = /dev/null
[uploadpack]
	allowAnySHA1InWant = true
[gc]
	auto = 0
[maintenance]
	auto = false
"""
# What tools leave behind where a project does not ignore it.
IGNORED = "__pycache__/\n*.pyc\n.pytest_cache/\n.mypy_cache/\n.ruff_cache/\n.hypothesis/\n.coverage\n.coverage.*\n"
_USUAL_BRANCHES = ("main", "master", "trunk", "develop")
_HEAD_REF = "refs/eaa/head"
_HINT = "Check the path or address and your access to it; a private repository on GitHub needs EAA_GITHUB_TOKEN."


@dataclass(frozen=True, slots=True)
class Mirrors:
    """The folder of all mirrors."""

    home: Path
    token: HttpToken | None = None

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.home / "repositories"

    @property
    def configuration(self) -> Path:
        """The file that stands in for git's global configuration."""
        return self.folder / "gitconfig"

    @property
    def ignored(self) -> Path:
        """Patterns of files that are never part of a change."""
        return self.folder / "ignored"

    def prepare(self) -> None:
        """Make the folder and its files; nothing happens when they are there.

        Raises:
            DiskFull: There is no room.
        """
        try:
            make_private_folder(self.folder)
            for file, content in ((self.configuration, _CONFIGURATION), (self.ignored, IGNORED)):
                if not file.exists() or file.read_text() != content:
                    temporary = file.with_name(f"{file.name}.{uuid4().hex}")
                    temporary.write_text(content)
                    temporary.replace(file)
        except OSError as error:
            raise DiskFull(path=str(self.folder)) from error

    def path(self, repository: Repository) -> Path:
        """Return the mirror's folder."""
        return self.folder / f"{repository.id}.git"

    def git(self, repository: Repository) -> HostGit:
        """Return git for the mirror, without any protocol."""
        return HostGit(self.configuration, git_dir=self.path(repository), protocols="none")

    def git_towards(self, repository: Repository, source: Source) -> HostGit:
        """Return git for the mirror that may speak to a source, and is let in there."""
        return HostGit(
            self.configuration,
            git_dir=self.path(repository),
            protocols=source.protocols,
            environment=source.environment,
        )

    async def source(self, source: str) -> Source:
        """Return what a person's path or address means.

        Raises:
            RepositoryUnusable: Nothing we can use.
        """
        self.prepare()
        return await find_source(source, configuration=self.configuration, token=self.token)

    async def refresh(self, source: Source) -> Repository:
        """Make the mirror or bring it up to date.

        Raises:
            RepositoryUnusable: Nothing there can be mirrored.
            DiskFull: There is no room.
        """
        repository = Repository(source.id, source.address, "")
        async with file_lock(self.folder / f"{source.id}.lock"):
            await self.create(source.id)
            try:
                return Repository(source.id, source.address, await _fetch(self.git_towards(repository, source), source))
            except GitFailed as failure:
                raise unusable(source.address, failure, hint=_HINT) from None

    async def fetch(self, repository: Repository, source: Source, reference: str) -> str:
        """Fetch one reference of a source into the mirror and return the name it has there.

        Raises:
            RevisionNotFound: The source has no such reference.
            RepositoryUnusable: The source cannot be read.
        """
        kept = f"refs/eaa/fetched/{sha256_hex(f'{source.address} {reference}'.encode())[:16]}"
        git = self.git_towards(repository, source)
        try:
            if not await git.run("ls-remote", "--", source.address, reference):
                raise RevisionNotFound(revision=reference)
            options = ["--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--update-shallow"]
            await git.run("fetch", *options, "--", source.address, f"+{reference}:{kept}")
        except GitFailed as failure:
            raise unusable(source.address, failure, hint=_HINT) from None
        return kept

    async def create(self, repository_id: RepositoryId) -> None:
        """Make an empty mirror; nothing happens when it is there.

        Raises:
            DiskFull: There is no room.
        """
        path = self.folder / f"{repository_id}.git"
        if path.exists():
            return
        temporary = self.folder / f"{repository_id}.{uuid4().hex}"
        try:
            await HostGit(self.configuration).run("init", "--quiet", "--bare", "--template=", str(temporary))
            (temporary / "info").mkdir(exist_ok=True)
            (temporary / "info/attributes").write_text(ATTRIBUTES)
            temporary.rename(path)
        except OSError as error:
            # Somebody else may have made it meanwhile.
            if not path.exists():
                raise DiskFull(path=str(self.folder)) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


async def _fetch(git: HostGit, source: Source) -> str:
    """Fetch everything and return the default branch."""
    listing = (await git.run("ls-remote", "--symref", "--", source.address)).decode("utf-8", "surrogateescape")
    refs = {name: value for value, _, name in (line.partition("\t") for line in listing.splitlines()) if name}
    if not refs:
        raise RepositoryUnusable(
            source=source.address, because="it has no commit yet", hint="Make a first commit, then try again."
        )
    patterns = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    if source.git_dir is not None:
        patterns.append("+refs/remotes/*:refs/remotes/*")
    if "HEAD" in refs:
        patterns.append(f"+HEAD:{_HEAD_REF}")
    options = ["--quiet", "--prune", "--force", "--no-tags", "--no-write-fetch-head", "--update-shallow"]
    await git.run("fetch", *options, "--", source.address, *patterns)
    return await _point_head(git, refs, listing)


async def _point_head(git: HostGit, refs: dict[str, str], listing: str) -> str:
    """Let the mirror's HEAD say what the source's says, and return the default branch."""
    branches = [name.removeprefix("refs/heads/") for name in refs if name.startswith("refs/heads/")]
    for line in listing.splitlines():
        if line.startswith("ref: refs/heads/") and line.endswith("\tHEAD"):
            branch = line.removeprefix("ref: refs/heads/").removesuffix("\tHEAD")
            await git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")
            return branch
    if "HEAD" in refs:
        await git.run("update-ref", "--no-deref", "HEAD", _HEAD_REF)
    return _likely_default(branches)


def _likely_default(branches: Sequence[str]) -> str:
    """Return the branch that is most likely the default one of a repository with a detached head."""
    usual = [branch for branch in _USUAL_BRANCHES if branch in branches]
    return (usual or sorted(branches) or ["HEAD"])[0]
