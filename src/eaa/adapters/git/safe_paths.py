"""Which paths and links may cross the border between a workspace and the host."""

import posixpath
import re

from eaa.domain.errors import UnsafeTree

# HFS+ ignores these characters in names, NTFS knows `git~1` and strips trailing dots and spaces: `.git` all the same.
_IGNORED_CHARACTERS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def check_path(path: str) -> None:
    """Accept a relative path that stays in the repository and out of every `.git`.

    Raises:
        UnsafeTree: It does not.
    """
    if "\0" in path or path.startswith("/") or not path:
        raise UnsafeTree(path=path, because="it is not a relative path")
    for part in path.split("/"):
        if part in ("", ".", ".."):
            raise UnsafeTree(path=path, because="it is not a plain path below the repository")
        if is_git_folder_name(part):
            raise UnsafeTree(path=path, because="it enters a .git folder")


def is_git_folder_name(name: str) -> bool:
    """Return whether some file system would take the name for `.git`."""
    plain = _IGNORED_CHARACTERS.sub("", name).lower().rstrip(". ").partition(":")[0]
    return plain in (".git", "git~1")


def leaves_tree(path: str, target: str) -> bool:
    """Return whether a symlink at `path` with this target points out of the repository or into its `.git`."""
    if target.startswith("/") or not target:
        return True
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    parts = reached.split("/")
    return parts[0] == ".." or any(is_git_folder_name(part) for part in parts)
