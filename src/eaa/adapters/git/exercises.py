"""Repositories of exercises: a copy for each attempt, with the base's history and nothing after it."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from eaa.adapters.git.host_git import GitFailed, HostGit, unusable
from eaa.adapters.git.mirrors import ATTRIBUTES, IGNORED, Mirrors
from eaa.adapters.git.trees import decode_path
from eaa.domain.exercise import Exercise, SourceKind
from eaa.domain.repository import FileChange, FileMode
from eaa.kit.digest import sha256_hex
from eaa.kit.private_files import make_private_folder
from eaa.kit.removal import remove_tree

BRANCH = "main"
_BASE = "refs/heads/main"
_WHO = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "exercise"), ("EMAIL", "exercise@localhost"), ("DATE", "2000-01-01T00:00:00Z"))
}
_HINT = "Check the task's repository and its base; docs/bench-tasks.md says what a task looks like."


class ExerciseRepositories:
    """Lays out repositories of exercises. What they come from is only read."""

    def __init__(self, *, home: Path) -> None:
        """Work with git as configured below EAA_HOME."""
        self._mirrors = Mirrors(home.resolve())

    async def lay_out(self, exercise: Exercise, folder: Path) -> None:
        """Make a bare repository whose one branch is the base; one that is there already is left as it is.

        A folder's files become one commit, the same one every time.

        Raises:
            RepositoryUnusable: There is no repository, or no such base in it.
        """
        if await asyncio.to_thread(folder.exists):
            return
        self._mirrors.prepare()
        make_private_folder(folder.parent)
        temporary = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
        try:
            await self._git().run(
                "init", "--quiet", "--bare", "--template=", "--initial-branch", BRANCH, str(temporary)
            )
            (temporary / "info").mkdir(exist_ok=True)
            (temporary / "info/attributes").write_text(ATTRIBUTES)
            (temporary / "info/exclude").write_text(IGNORED)
            if exercise.source_kind is SourceKind.FOLDER:
                await self._commit_folder(Path(exercise.source), temporary)
            else:
                await self._fetch_base(exercise, temporary)
            await asyncio.to_thread(temporary.rename, folder)
        except GitFailed as failure:
            raise unusable(exercise.source, failure, hint=_HINT) from None
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    async def patched(self, folder: Path, patch: bytes) -> tuple[FileChange, ...]:
        """Return the files that a patch makes of the base, whole. The repository never holds any of them.

        Raises:
            RepositoryUnusable: The patch does not apply to the base.
        """
        scratch = Path(tempfile.mkdtemp(prefix="hidden.", dir=self._mirrors.folder))
        (scratch / "objects").mkdir()
        git = self._git(
            folder,
            GIT_INDEX_FILE=str(scratch / "index"),
            GIT_OBJECT_DIRECTORY=str(scratch / "objects"),
            GIT_ALTERNATE_OBJECT_DIRECTORIES=str(folder / "objects"),
        )
        try:
            await git.run("read-tree", _BASE)
            await git.run("apply", "--cached", "--whitespace=nowarn", "-", stdin=patch)
            listing = await git.run("diff-index", "--cached", "--no-renames", "-z", _BASE)
            return tuple([await _change(git, entry) for entry in _pairs(listing)])
        except GitFailed as failure:
            raise unusable(str(folder), failure, hint="The test patch must apply to the base commit.") from None
        finally:
            remove_tree(scratch)

    async def _commit_folder(self, source: Path, repository: Path) -> None:
        git = self._git(repository, GIT_WORK_TREE=str(source), **_WHO)
        await git.run("add", "--all", cwd=source)
        await git.run("commit", "--quiet", "--no-verify", "--message", "The project", cwd=source)

    async def _fetch_base(self, exercise: Exercise, repository: Path) -> None:
        where = HostGit(self._mirrors.configuration, protocols="file")
        git = self._git(repository)
        revision = exercise.base or "HEAD"
        if exercise.source_kind is SourceKind.BUNDLE:
            # A bundle lists its heads only, so everything is fetched first and all but the base forgotten again.
            everything = repository / "everything.git"
            await where.run("clone", "--quiet", "--bare", "--template=", "--", exercise.source, str(everything))
            source = everything
        else:
            source = Path(exercise.source)
        try:
            found = await where.run(
                "-C", str(source), "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"
            )
            commit = found.decode().strip()
            options = ["--quiet", "--no-tags", "--no-write-fetch-head"]
            await git.run("fetch", *options, "--", str(source), f"{commit}:{_BASE}")
        finally:
            shutil.rmtree(repository / "everything.git", ignore_errors=True)

    def _git(self, folder: Path | None = None, **environment: str) -> HostGit:
        return HostGit(self._mirrors.configuration, git_dir=folder, environment=environment)


def _pairs(listing: bytes) -> list[tuple[bytes, bytes]]:
    """Return (facts, path) of each entry of `diff-index -z`."""
    parts = listing.split(b"\0")[:-1]
    return list(zip(parts[::2], parts[1::2], strict=True))


async def _change(git: HostGit, entry: tuple[bytes, bytes]) -> FileChange:
    facts, path = entry
    _, mode, _, blob, status = facts.decode().split(" ")
    if status == "D":
        return FileChange(decode_path(path), None)
    return FileChange(decode_path(path), await git.run("cat-file", "blob", blob), FileMode(mode))


def repository_path(folder: Path, exercise: str, arm: str) -> Path:
    """Return where the repository of an attempt lies below a folder; every name of an exercise has its own place."""
    plain = "".join(one if one.isalnum() or one in "-_." else "-" for one in exercise)[:60].lstrip(".") or "exercise"
    return folder / f"{plain}-{sha256_hex(exercise.encode(errors='surrogateescape'))[:8]}" / f"{arm}.git"
