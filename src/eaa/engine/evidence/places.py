"""Where tests are defined."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eaa.domain.ids import CommitId, TestId
from eaa.domain.project import TestSuite
from eaa.domain.repository import FileMode, TreeEntry
from eaa.engine.evidence.lab import Lab
from eaa.engine.suites import file_of_test

_WHOLE_FILE = 10**9


@dataclass(frozen=True, slots=True)
class TestPlace:
    """The suite and the lines of a test; the whole file when the test is not written out in it."""

    __test__ = False

    suite: TestSuite
    path: str
    blob: str
    """git blob hash of the file."""
    first_line: int
    last_line: int
    source: str
    """Text of the lines; empty when the test is not written out in the file."""

    @property
    def is_written_out(self) -> bool:
        """Whether the file defines a test of this very name (not inherited, not generated)."""
        return self.last_line != _WHOLE_FILE


def without_parameters(test: TestId) -> TestId:
    """Return the name of the function behind a parametrised test."""
    return TestId(test.partition("[")[0])


async def find_places(
    lab: Lab, commit: CommitId, tests: Iterable[TestId], suites: Iterable[TestSuite]
) -> Mapping[TestId, TestPlace]:
    """Return where each test lives in a commit; tests whose file is not there are left out."""
    entries = {entry.path: entry for entry in await lab.repositories.list_files(lab.repository, commit)}
    defined: dict[tuple[str, str], Mapping[TestId, TestPlace]] = {}
    places: dict[TestId, TestPlace] = {}
    for test in tests:
        for suite in suites:
            entry = entries.get(file_of_test(test, suite))
            if entry is None or entry.mode not in (FileMode.REGULAR, FileMode.EXECUTABLE):
                continue
            if (suite.root, entry.path) not in defined:
                content = await lab.repositories.read_file(lab.repository, commit, entry.path)
                defined[suite.root, entry.path] = places_in(lab, suite, entry, content)
            written = defined[suite.root, entry.path].get(without_parameters(test))
            places[test] = written or TestPlace(
                suite=suite, path=entry.path, blob=entry.blob, first_line=1, last_line=_WHOLE_FILE, source=""
            )
            break
    return places


def places_in(lab: Lab, suite: TestSuite, entry: TreeEntry, content: bytes) -> Mapping[TestId, TestPlace]:
    """Return the tests that a file writes out, by their name without parameters."""
    lines = content.decode(errors="replace").splitlines()
    return {
        test: TestPlace(
            suite=suite,
            path=entry.path,
            blob=entry.blob,
            first_line=first,
            last_line=last,
            source="\n".join(lines[first - 1 : last]),
        )
        for test, first, last in lab.toolchain.language.tests_in(entry.path, content, suite)
    }
