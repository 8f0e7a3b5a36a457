"""A git repository as the host sees it: mirrors, commits, files, differences."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eaa.domain.ids import CommitId, RepositoryId, TreeId


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository we hold a bare mirror of."""

    id: RepositoryId
    source: str
    """The path or URL it was mirrored from; branches are published back to it. Another place of the same history may
    stand here to publish there, or to fetch one reference from it: the mirror is found by the id."""
    default_branch: str


def is_elsewhere(source: str) -> bool:
    """Return whether a source that was opened is on another machine; here it is an absolute folder."""
    return not source.startswith("/") and ":" in source


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and the tree it points to."""

    id: CommitId
    tree: TreeId


class FileMode(StrEnum):
    """The modes git knows."""

    REGULAR = "100644"
    EXECUTABLE = "100755"
    SYMLINK = "120000"
    GITLINK = "160000"


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One file of a commit. Paths are relative, `/`-separated, decoded with surrogate escapes."""

    path: str
    mode: FileMode
    blob: str
    """The git blob hash (a commit hash for a gitlink)."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class FileChange:
    """The new content of one file, or its removal when `content` is None."""

    path: str
    content: bytes | None
    mode: FileMode = FileMode.REGULAR


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What happened to one file between two commits."""

    path: str
    before: TreeEntry | None
    after: TreeEntry | None
    added_lines: tuple[int, ...]
    """Line numbers in the new file that are new or changed; empty for binary files."""
    removed_lines: tuple[int, ...]
    """Line numbers in the old file that are gone or changed."""
    is_binary: bool = False


@dataclass(frozen=True, slots=True)
class FileHistory:
    """How often and by whom a file was changed lately."""

    path: str
    commits: int
    authors: tuple[str, ...]
    """Author names, most commits first."""
    last_changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CheckoutState:
    """What is special about the folder a person pointed at. Nothing in it is ever changed."""

    path: str
    branch: str | None
    """None when the head is detached."""
    head: CommitId | None
    """None when there is no commit yet."""
    is_bare: bool
    is_shallow: bool
    dirty_paths: tuple[str, ...]
    """Tracked or untracked paths that differ from the head; at most 100."""
    submodules: tuple[str, ...]
    lfs_pointers: tuple[str, ...]
    origin: str | None = None
    """The address of the remote `origin` as the repository's configuration says it."""
