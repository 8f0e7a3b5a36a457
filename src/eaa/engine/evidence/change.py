"""What a change does to files, with their content on both sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eaa.domain.ids import CommitId
from eaa.domain.project import TestSuite
from eaa.domain.repository import FileChange, FileDiff, FileMode, TreeEntry
from eaa.engine.evidence.lab import Lab

_READABLE = frozenset({FileMode.REGULAR, FileMode.EXECUTABLE})
_LARGEST_TEST_FILE_BYTES = 256_000_000
"""Of test files, data included, the whole content is needed: it is laid over the base."""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One changed file; content is None where there is no regular file."""

    path: str
    before: bytes | None
    after: bytes | None
    mode: FileMode
    added_lines: tuple[int, ...]
    is_test: bool
    """Holds tests or their support, by the conventions of one of the suites."""
    is_source: bool
    """Source of the language, tests included."""

    @property
    def is_product(self) -> bool:
        """Whether it is source code that is not a test."""
        return self.is_source and not self.is_test


async def read_change(lab: Lab, base: CommitId, head: CommitId, suites: Sequence[TestSuite]) -> tuple[ChangedFile, ...]:
    """Return the files that differ between two commits, sorted by path."""
    diffs = await lab.repositories.diff(lab.repository, base, head)
    before = await _contents(lab, base, [diff.before for diff in diffs], suites)
    after = await _contents(lab, head, [diff.after for diff in diffs], suites)
    return tuple(_file(lab, diff, before, after, suites) for diff in diffs)


def test_overlay(files: Sequence[ChangedFile]) -> tuple[FileChange, ...]:
    """Return what turns the base's test files into the head's."""
    return tuple(
        FileChange(path=file.path, content=file.after, mode=file.mode if file.after is not None else FileMode.REGULAR)
        for file in files
        if file.is_test
    )


def _file(
    lab: Lab, diff: FileDiff, before: Mapping[str, bytes], after: Mapping[str, bytes], suites: Sequence[TestSuite]
) -> ChangedFile:
    return ChangedFile(
        path=diff.path,
        before=before.get(diff.before.path) if diff.before is not None else None,
        after=after.get(diff.after.path) if diff.after is not None else None,
        mode=diff.after.mode if diff.after is not None else FileMode.REGULAR,
        added_lines=diff.added_lines,
        is_test=_is_test(lab, diff.path, suites),
        is_source=lab.toolchain.language.is_source(diff.path),
    )


def _is_test(lab: Lab, path: str, suites: Sequence[TestSuite]) -> bool:
    return any(lab.toolchain.language.is_test(path, suite) for suite in suites)


async def _contents(
    lab: Lab, commit: CommitId, entries: Sequence[TreeEntry | None], suites: Sequence[TestSuite]
) -> Mapping[str, bytes]:
    """Return the contents of the regular files among some entries, all read at once but for the very large ones.

    Of those only the first bytes are kept, unless they are tests or their data.
    """
    read = lab.repositories.read_file
    paths = [entry.path for entry in entries if entry is not None and entry.mode in _READABLE]
    contents = await lab.repositories.read_files(lab.repository, commit, paths)
    for path in paths:
        if path not in contents and _is_test(lab, path, suites):
            contents[path] = await read(lab.repository, commit, path, limit_bytes=_LARGEST_TEST_FILE_BYTES)
        elif path not in contents:
            contents[path] = await read(lab.repository, commit, path)
    return contents
