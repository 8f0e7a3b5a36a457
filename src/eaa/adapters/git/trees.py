"""Reads what git's plumbing prints about trees and differences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from eaa.domain.repository import FileDiff, FileMode, TreeEntry

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def decode_path(path: bytes) -> str:
    """Return a path the way all of eaa writes it."""
    return path.decode("utf-8", "surrogateescape")


def encode_path(path: str) -> bytes:
    """Return a path the way git stores it."""
    return path.encode("utf-8", "surrogateescape")


def parse_tree(listing: bytes) -> tuple[TreeEntry, ...]:
    """Return the entries of `git ls-tree -r -l -z`, sorted by path."""
    entries = []
    for line in listing.split(b"\0"):
        if line:
            facts, path = line.split(b"\t", 1)
            mode, _, blob, size = facts.split()
            size_bytes = 0 if size == b"-" else int(size)
            entries.append(TreeEntry(decode_path(path), _mode(mode), blob.decode(), size_bytes))
    return tuple(sorted(entries, key=lambda entry: entry.path))


def _mode(mode: bytes) -> FileMode:
    # Very old repositories hold other permissions, such as 100664; only the owner's execute bit means anything.
    if mode.startswith(b"100"):
        return FileMode.EXECUTABLE if int(mode, 8) & 0o100 else FileMode.REGULAR
    return FileMode(mode.decode())


@dataclass(frozen=True, slots=True)
class _Lines:
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    is_binary: bool = False


def parse_differences(
    before: tuple[TreeEntry, ...], after: tuple[TreeEntry, ...], raw_and_patch: bytes
) -> tuple[FileDiff, ...]:
    """Return the differences of two trees; the lines come from `git diff-tree -r -z --raw -p -U0 --no-renames`."""
    old = {entry.path: entry for entry in before}
    new = {entry.path: entry for entry in after}
    paths, patch = _split_raw(raw_and_patch)
    sections = _sections(patch)
    differences = []
    for path, status in paths:
        # A change of type (a file that becomes a link) is told as a removal and an addition.
        told = [next(sections, b"") for _ in range(2 if status == b"T" else 1)]
        lines = _lines(b"\n".join(told))
        differences.append(FileDiff(path, old.get(path), new.get(path), lines.added, lines.removed, lines.is_binary))
    return tuple(sorted(differences, key=lambda difference: difference.path))


def _split_raw(output: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """Return (path, status letter) of each change, and the patch that follows an empty field."""
    paths = []
    position = 0
    while output[position : position + 1] == b":":
        end_of_facts = output.index(b"\0", position)
        end_of_path = output.index(b"\0", end_of_facts + 1)
        status = output[position:end_of_facts].split()[4][:1]
        paths.append((decode_path(output[end_of_facts + 1 : end_of_path]), status))
        position = end_of_path + 1
    return paths, output[position:].lstrip(b"\0")


def _sections(patch: bytes) -> Iterator[bytes]:
    """Yield one section per file. Lines of content begin with a sign, so `diff --git` is a header wherever it is."""
    starts = [match.start() for match in re.finditer(rb"^diff --git ", patch, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(patch)], strict=True):
        yield patch[start:end]


def _lines(section: bytes) -> _Lines:
    added: list[int] = []
    removed: list[int] = []
    remaining_old = remaining_new = 0
    for line in section.split(b"\n"):
        if remaining_old == 0 and remaining_new == 0:
            if line.startswith((b"Binary files ", b"GIT binary patch")):
                return _Lines(is_binary=True)
            if (match := _HUNK.match(line)) is not None:
                old_start, old_count, new_start, new_count = (int(part or 1) for part in match.groups())
                remaining_old, remaining_new = old_count, new_count
                removed += range(old_start, old_start + old_count)
                added += range(new_start, new_start + new_count)
        elif line.startswith(b"-"):
            remaining_old -= 1
        elif line.startswith(b"+"):
            remaining_new -= 1
    return _Lines(tuple(added), tuple(removed))
