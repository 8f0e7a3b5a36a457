"""As root: a mount namespace of our own, so that the sandbox's uid reaches what lies below folders closed to it.

An interpreter below root's 0700 home cannot be reached by any other uid. The calling thread moves into a private
mount namespace (no other thread, nothing on the host notices) and binds each source to a neutral place, from where
bubblewrap binds it to the path that the command should see. Processes the thread starts inherit the namespace.
"""

import os
import stat
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from eaa.adapters.sandbox.idmaps import mount_as_owned_by
from eaa.adapters.sandbox.kernel import (
    CLONE_NEWNS,
    MS_BIND,
    MS_NODEV,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    mount,
    unshare,
)

# Folders that exist everywhere and that no sandbox shows; the first one is covered by a tmpfs, in our namespace only.
_PLACES = ("/mnt", "/media", "/srv", "/tmp")  # noqa: S108


def bind_to_neutral_places(sources: Sequence[str]) -> list[str]:
    """Move the calling thread into its own mount namespace and return where each source is now, in order.

    The thread must end with the command: it never sees the host's later mounts again.

    Raises:
        OSError: A source is missing, or the kernel refused.
    """
    unshare(CLONE_NEWNS)
    mount("", "/", flags=MS_REC | MS_PRIVATE)
    with ExitStack() as stack:
        opened = []
        # Opened before the place is covered: a source may lie below it.
        for source in sources:
            opened.append(os.open(source, os.O_PATH | os.O_CLOEXEC))
            stack.callback(os.close, opened[-1])
        place = next(Path(place) for place in _PLACES if Path(place).is_dir())
        mount("eaa", str(place), kind="tmpfs", flags=MS_NOSUID | MS_NODEV, options="size=1m,mode=0755")
        return [_bind(descriptor, place / str(index)) for index, descriptor in enumerate(opened)]


def overlay_neutral_place(place: str, *, size_bytes: int, uid: int) -> str:
    """Return a folder over one that `bind_to_neutral_places` returned: `uid` writes there as the owner, into memory.

    Where the owner cannot be mapped, the rights on disk decide who writes.

    Raises:
        OSError: The kernel refused.
    """
    lower, room = Path(place), Path(f"{place}-room")
    status = lower.stat()
    room.mkdir()
    mount("eaa", str(room), kind="tmpfs", flags=MS_NOSUID | MS_NODEV, options=f"size={size_bytes},mode=0755")
    over, work, seen, mapped = (room / name for name in ("over", "work", "seen", "mapped"))
    for folder in (over, work, seen, mapped):
        folder.mkdir()
    if status.st_uid != uid:
        with suppress(OSError):
            mount_as_owned_by(lower, mapped, uid=uid)
            lower = mapped
    os.chown(over, lower.stat().st_uid, lower.stat().st_gid)
    over.chmod(stat.S_IMODE(status.st_mode))
    options = f"lowerdir={lower},upperdir={over},workdir={work}"
    mount("eaa", str(seen), kind="overlay", flags=MS_NOSUID | MS_NODEV, options=options)
    return str(seen)


def _bind(descriptor: int, target: Path) -> str:
    visible = f"/proc/thread-self/fd/{descriptor}"
    if Path(visible).is_dir():
        target.mkdir()
    else:
        target.touch()
    mount(visible, str(target), flags=MS_BIND | MS_REC)
    return str(target)
