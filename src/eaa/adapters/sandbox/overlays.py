"""Copy-on-write mounts for a bubblewrap that cannot make them, without root: an overlay in namespaces of our own.

`unshare` becomes root of a new user namespace, mounts the overlays there, and becomes bubblewrap, which makes its own
namespaces below. What is written lies in memory and is gone with the last process.

Source: Linux, `Documentation/filesystems/overlayfs.rst`; unprivileged mounts since 5.11.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from eaa.adapters.sandbox.layout import Bind
from eaa.domain.command import Access

_PLACES = ("/mnt", "/media", "/srv", "/opt", "/tmp")  # noqa: S108 - covered in our namespace only
_TIMEOUT_S = 10
_UNSHARE = ("--user", "--map-root-user", "--mount", "--propagation", "private")
# $1 place, $2 size, $3 number of sources, then the sources, then the program that this becomes.
_SCRIPT = """
PATH=/usr/sbin:/usr/bin:/sbin:/bin
place=$1 size=$2 left=$3; shift 3; cd / || exit
mount -t tmpfs -o "size=$size,mode=0755,nosuid,nodev" eaa "$place" || exit
while [ "$left" -gt 0 ]; do
    here=$place/$left; mkdir "$here" "$here/over" "$here/work" "$here/seen" || exit
    options="lowerdir=$1,upperdir=$here/over,workdir=$here/work,userxattr"
    chmod --reference="$1" "$here/over"
    mount -t overlay -o "$options,nosuid,nodev" eaa "$here/seen" || exit
    left=$((left - 1)); shift
done
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Overlaid:
    """Binds of which some are overlays now, and the words that make these before bubblewrap starts."""

    binds: list[Bind]
    prefix: list[str]


def overlaid(binds: list[Bind], *, size_bytes: int) -> Overlaid:
    """Return the binds with each copy-on-write folder overlaid, where this machine lets us; else unchanged."""
    wanted = [bind.source for bind in binds if can_be_overlaid(bind)]
    place = next((place for place in _PLACES if Path(place).is_dir() and not _hides(place, binds)), None)
    if not wanted or place is None or not user_overlays_work():
        return Overlaid(binds, [])
    numbers = {source: len(wanted) - index for index, source in enumerate(wanted)}
    seen = [
        Bind(f"{place}/{numbers[bind.source]}/seen", bind.target, Access.READ_WRITE) if can_be_overlaid(bind) else bind
        for bind in binds
    ]
    return Overlaid(seen, _words(place, size_bytes, wanted))


def can_be_overlaid(bind: Bind) -> bool:
    """Return whether this is a copy-on-write folder, with a path that the options of a mount can hold."""
    return bind.access is Access.COPY_ON_WRITE and Path(bind.source).is_dir() and not set(bind.source) & set(',:\\"')


@cache
def user_overlays_work() -> bool:
    """Return whether this user may mount overlays in a user namespace of its own; tried once."""
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        return False
    with tempfile.TemporaryDirectory(prefix="eaa-probe-") as folder:
        place = next(place for place in _PLACES if Path(place).is_dir() and not folder.startswith(f"{place}/"))
        argv = [*_words(place, 1 << 20, [folder]), "touch", f"{place}/1/seen/made"]
        try:
            answer = subprocess.run(argv, capture_output=True, check=False, timeout=_TIMEOUT_S)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return answer.returncode == 0 and not Path(folder, "made").exists()


def _words(place: str, size_bytes: int, sources: Sequence[str]) -> list[str]:
    return [
        shutil.which("unshare") or "unshare",
        *_UNSHARE,
        "/bin/sh",
        "-c",
        _SCRIPT,
        "sh",
        place,
        str(size_bytes),
        str(len(sources)),
        *sources,
    ]


def _hides(place: str, binds: Sequence[Bind]) -> bool:
    return any(Path(bind.source).is_relative_to(place) for bind in binds)
