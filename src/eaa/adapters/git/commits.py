"""Writes a commit that is the same whenever the same arguments are given."""

import re
from collections.abc import Sequence

from eaa.adapters.git.host_git import HostGit
from eaa.adapters.git.safe_paths import check_path
from eaa.adapters.git.trees import encode_path
from eaa.domain.errors import UnsafeTree
from eaa.domain.ids import CommitId, RunId
from eaa.domain.repository import FileChange, FileMode, TreeEntry
from eaa.kit.digest import sha256_hex

_AUTHOR = b"Engineering AI Agent <eaa@localhost>"
_RUN = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def write_commit(
    git: HostGit,
    *,
    parent: CommitId,
    parent_time: int,
    entries: Sequence[TreeEntry],
    changes: Sequence[FileChange],
    message: str,
    run_id: RunId,
) -> CommitId:
    """Write it under `refs/eaa/runs/<run>/`; `entries` is the parent's tree, `parent_time` its seconds since 1970.

    Raises:
        UnsafeTree: A path or a mode is refused, or a file would stand where a folder is, or the other way round.
    """
    if _RUN.fullmatch(run_id) is None:
        raise ValueError(f"not the id of a run: {run_id!r}")
    _check_changes(changes, entries)
    content = _content(parent, parent_time, changes, message)
    # Named by what is in it: writing the same commit again finds the reference where it should be.
    reference = f"refs/eaa/runs/{run_id}/{sha256_hex(content)[:16]}".encode()
    stream = b"commit %s\nmark :1\n%s\nget-mark :1\ndone\n" % (reference, content)
    said = await git.run("fast-import", "--quiet", "--done", "--date-format=raw", stdin=stream)
    return CommitId(said.decode().strip())


def _content(parent: CommitId, parent_time: int, changes: Sequence[FileChange], message: str) -> bytes:
    text = message.encode("utf-8", "surrogateescape")
    # A second after its parent, so that it sorts after it; no clock is read.
    parts = [b"committer %s %d +0000\n" % (_AUTHOR, parent_time + 1)]
    parts += [b"data %d\n%s\n" % (len(text), text), b"from %s\n" % parent.encode()]
    removals_first = sorted(changes, key=lambda change: (change.content is not None, change.path))
    for change in removals_first:
        path = _quoted(encode_path(change.path))
        if change.content is None:
            parts.append(b"D %s\n" % path)
        else:
            parts.append(b"M %s inline %s\n" % (change.mode.value.encode(), path))
            parts.append(b"data %d\n%s\n" % (len(change.content), change.content))
    return b"".join(parts)


def _quoted(path: bytes) -> bytes:
    escaped = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"%s"' % escaped


def _check_changes(changes: Sequence[FileChange], entries: Sequence[TreeEntry]) -> None:
    removed = {change.path for change in changes if change.content is None}
    kept = {entry.path: entry for entry in entries if entry.path not in removed}
    folders = {folder for path in kept for folder in _folders(path)}
    written: set[str] = set()
    for change in changes:
        check_path(change.path)
        if change.content is None:
            continue
        if change.mode not in (FileMode.REGULAR, FileMode.EXECUTABLE):
            raise UnsafeTree(path=change.path, because="only plain files are written, no links and no submodules")
        if change.path in kept and kept[change.path].mode is FileMode.GITLINK:
            raise UnsafeTree(path=change.path, because="a submodule is there")
        written.add(change.path)
    folders |= {folder for path in written for folder in _folders(path)}
    for path in (written | kept.keys()) & folders:
        raise UnsafeTree(path=path, because="it would be a file and a folder at once")


def _folders(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: index + 1]) for index in range(len(parts))]
