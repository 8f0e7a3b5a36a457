"""As root, who the sandbox's processes are on the host, and how a workspace becomes theirs."""

import os
import stat
from pathlib import Path

SANDBOX_UID = 64321
"""Host uid of sandboxed processes when we are root. It needs no passwd entry and owns nothing but workspaces."""


def sandbox_uid() -> int | None:
    """Return the uid to drop to, or None when we are not root and stay who we are."""
    return SANDBOX_UID if os.geteuid() == 0 else None


def give_folder(root: Path, uid: int) -> None:
    """Make a folder and what is in it belong to a uid; a folder that does already is left alone.

    Files with several hard links keep their owner: the other name may be outside.
    """
    if root.lstat().st_uid == uid:
        return
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.join(folder, name)  # noqa: PTH118 - a Path for every file would be slow
            status = os.lstat(path)
            if stat.S_ISDIR(status.st_mode) or status.st_nlink == 1:
                os.chown(path, uid, uid, follow_symlinks=False)
    # Last, because its owner says that everything below is done.
    os.chown(root, uid, uid, follow_symlinks=False)
