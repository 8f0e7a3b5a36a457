"""Brings together what changed in a workspace: files of the commit, new files, and what must be refused."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eaa.adapters.git.capture import (
    Found,
    Signature,
    check_link,
    folders_of,
    new_file,
    signature,
    tracked_change,
    walk,
)
from eaa.adapters.git.host_git import GitFailed, HostGit
from eaa.adapters.git.trees import decode_path, encode_path
from eaa.domain.errors import UnsafeTree
from eaa.domain.repository import FileChange, FileMode, TreeEntry

_NONE_IGNORED = 1
_TIMEOUT_S = 120
_Rules = tuple[tuple[str, Signature], ...]


class RememberedAnswers:
    """Which paths of one workspace git ignores, asked once for each path until a file with rules is touched."""

    def __init__(self) -> None:
        self._rules: _Rules = ()
        self._answers: dict[str, bool] = {}

    async def among(self, paths: Sequence[str], rules: _Rules, *, git: HostGit, ignored: Path) -> set[str]:
        """Return those of the paths that git ignores; they have to be of one sort, all folders or none."""
        if rules != self._rules:
            self._rules, self._answers = rules, {}
        # Whoever changes the rules while git is asked begins another book.
        answers = self._answers
        unknown = [path for path in paths if path not in answers]
        skipped = await _ignored(git, ignored, unknown)
        answers |= {path: path in skipped for path in unknown}
        return {path for path in paths if answers[path]}


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was learned about one workspace by the time of its last look."""

    folders: RememberedAnswers = field(default_factory=RememberedAnswers)
    files: RememberedAnswers = field(default_factory=RememberedAnswers)


async def find_changes(
    root: Path,
    entries: Sequence[TreeEntry],
    untouched: Mapping[str, Signature],
    *,
    git: HostGit,
    ignored: Path,
    remembered: Remembered,
) -> tuple[FileChange, ...]:
    """Return the changes, sorted by path.

    Args:
        root: The workspace.
        entries: The files of its commit.
        untouched: What files looked like when they were checked out.
        git: Looks at the workspace from outside.
        ignored: Rules of ours, besides those in the workspace.
        remembered: What earlier looks at the same workspace found out; added to.

    Raises:
        UnsafeTree: A difference is not a plain file, or enters a submodule.
    """
    tracked = {entry.path: entry for entry in entries}
    submodules = {entry.path for entry in entries if entry.mode is FileMode.GITLINK}
    found = await asyncio.to_thread(walk, root, "", known_folders=folders_of(tracked))
    await _add_new_folders(root, found, git, ignored, remembered.folders)
    changes = await asyncio.to_thread(_tracked_changes, root, tracked, found, untouched)
    new_paths = sorted(path for path in found.files if path not in tracked)
    skipped = await remembered.files.among(new_paths, _rules(found), git=git, ignored=ignored)
    # What stands there may be a folder one time and a pipe the next: asked for each time.
    skipped |= await _ignored(git, ignored, [*found.strange])
    for path, because in sorted(found.strange.items()):
        if path not in skipped:
            raise UnsafeTree(path=path, because=because)
    kept = [path for path in new_paths if path not in skipped]
    changes += await asyncio.to_thread(_new_files, root, kept, found, submodules)
    return tuple(sorted((check_link(change) for change in changes), key=lambda change: change.path))


async def _add_new_folders(
    root: Path, found: Found, git: HostGit, ignored: Path, remembered: RememberedAnswers
) -> None:
    """Enter the folders that hold no file of the commit, unless git ignores them as a whole."""
    _refuse_strange_rules(found)
    # Without a slash at the end: else git would open the folder's own rules before we have looked at them.
    skipped = await remembered.among(found.new_folders, _rules(found), git=git, ignored=ignored)
    for folder in found.new_folders:
        if folder in skipped:
            continue
        inside = await asyncio.to_thread(walk, root, folder)
        found.files |= inside.files
        found.strange |= inside.strange
        _refuse_strange_rules(inside)


def _rules(found: Found) -> _Rules:
    """Return what tells whether a file with rules came, went or was touched."""
    touched = ((path, signature(status)) for path, status in found.files.items())
    return tuple(sorted(rule for rule in touched if rule[0].rpartition("/")[2] == ".gitignore"))


def _refuse_strange_rules(found: Found) -> None:
    """Refuse pipes in the place of the files that git would open and wait for."""
    for path, because in found.strange.items():
        if path.rpartition("/")[2] in (".gitignore", ".gitattributes"):
            raise UnsafeTree(path=path, because=because)


def _tracked_changes(
    root: Path, tracked: Mapping[str, TreeEntry], found: Found, untouched: Mapping[str, Signature]
) -> list[FileChange]:
    changes = []
    for path, entry in tracked.items():
        status = found.files.get(path)
        if entry.mode is FileMode.GITLINK:
            continue
        if path in found.strange:
            raise UnsafeTree(path=path, because=found.strange[path])
        if status is not None and untouched.get(path) == signature(status):
            continue
        if (change := tracked_change(root, entry, status)) is not None:
            changes.append(change)
    return changes


def _new_files(root: Path, paths: Iterable[str], found: Found, submodules: set[str]) -> list[FileChange]:
    changes = []
    for path in paths:
        if folders_of([path]) & submodules or path in submodules:
            raise UnsafeTree(path=path, because="it is in a submodule")
        changes.append(new_file(root, path, found.files[path]))
    return changes


async def _ignored(git: HostGit, ignored: Path, paths: Sequence[str]) -> set[str]:
    if not paths:
        return set()
    # A name that begins with a colon would be taken for a pattern.
    stdin = b"".join(b"./" + encode_path(path) + b"\0" for path in paths)
    command = ("-c", f"core.excludesFile={ignored}", "check-ignore", "--no-index", "--stdin", "-z")
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            output = await git.run(*command, stdin=stdin, cwd=Path(git.environment["GIT_WORK_TREE"]))
    except TimeoutError:
        raise UnsafeTree(path=".", because="git did not finish reading its ignore rules") from None
    except GitFailed as failure:
        if failure.exit_code != _NONE_IGNORED:
            raise UnsafeTree(path=".", because=f"its ignore rules cannot be read: {failure.because()}") from None
        return set()
    return {decode_path(path.removeprefix(b"./")) for path in output.split(b"\0") if path}
