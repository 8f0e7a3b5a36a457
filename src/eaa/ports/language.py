"""What source text says, without running it. Pure: bytes in, values out; broken source never raises, it says less."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from eaa.domain.criterion import Criterion
from eaa.domain.evidence import TamperFinding
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.language import Differential, Import, Mutant, Siblings, Symbol
from eaa.domain.project import Project, TestSuite
from eaa.domain.repository import FileChange


class Language(Protocol):
    """One language's syntax."""

    def is_source(self, path: str) -> bool:
        """Return whether a path is a source file of this language (tests included)."""
        ...

    def is_test(self, path: str, suite: TestSuite) -> bool:
        """Return whether a path holds tests or their support (conftest, fixtures) by the suite's conventions."""
        ...

    def symbols(self, path: str, source: bytes) -> tuple[Symbol, ...]:
        """Return the definitions of a file, in order."""
        ...

    def imports(self, path: str, source: bytes) -> tuple[Import, ...]:
        """Return the imports of a file, in order."""
        ...

    def calls(self, source: bytes, name: str) -> tuple[int, ...]:
        """Return the lines on which something of this (last) name is called."""
        ...

    def interface(self, path: str, source: bytes) -> tuple[str, ...]:
        """Return the public interface of a file, one signature a line, sorted."""
        ...

    def tests_in(self, path: str, source: bytes, suite: TestSuite) -> tuple[tuple[TestId, int, int], ...]:
        """Return (id without parameters, first line, last line) of every test a file defines, in order."""
        ...

    def statements(self, path: str, source: bytes) -> tuple[tuple[int, int], ...]:  # noqa: ARG002
        """Return (first line, last line) of every simple statement and of every compound statement's header, in order.

        Docstrings and comments are none. A language that cannot tell says that every line with text is one.
        """
        lines = enumerate(source.splitlines(), start=1)
        return tuple((number, number) for number, line in lines if line.strip())

    def syntax_fault(self, path: str, source: bytes) -> str | None:  # noqa: ARG002
        """Return why a file cannot be parsed, with its line, in a few words; None when it can or nobody can tell."""
        return None

    def doomed(self, source: bytes, lines: frozenset[int]) -> tuple[bytes, frozenset[int]]:  # noqa: ARG002
        """Return a test file whose tests with these first lines cannot pass, and the first lines of those that cannot.

        Their names and places stay, so that only who runs them can tell. A language that cannot do it changes nothing.
        """
        return source, frozenset()

    def mutants(self, path: str, source: bytes, lines: frozenset[int]) -> tuple[Mutant, ...]:
        """Return behaviour-changing variants of single places on the lines, by line; equivalent ones avoided."""
        ...

    def differential(
        self,
        path: str,  # noqa: ARG002
        before: bytes,  # noqa: ARG002
        after: bytes,  # noqa: ARG002
        tests: Sequence[bytes],  # noqa: ARG002
        suite: TestSuite,  # noqa: ARG002
    ) -> Differential:
        """Return tests that a changed source file answers as its old self does, on inputs taken from the tests' text.

        A test is green when both answer alike, red by an assertion when they do not, and skipped when the answers
        cannot be compared. Nothing when there is nothing to call; a language that cannot write such tests says nothing.
        """
        return Differential()

    def siblings(
        self,
        path: str,  # noqa: ARG002
        before: bytes,  # noqa: ARG002
        after: bytes,  # noqa: ARG002
        tests: Sequence[bytes],  # noqa: ARG002
        suite: TestSuite,  # noqa: ARG002
    ) -> Siblings:
        """Return calls that the tests make of changed code and calls of the same sort, as tests like `differential`'s.

        Nothing unless the new text could single inputs out. A language that cannot write such tests says nothing.
        """
        return Siblings()

    def stub(self, path: str, source: bytes, names: Sequence[str]) -> bytes:
        """Return the file with the bodies of these qualified names replaced by one that returns nothing."""
        ...

    def write_tests(
        self,
        criteria: Sequence[Criterion],
        project: Project,
        suite: TestSuite,
        files: Mapping[str, bytes],
    ) -> tuple[tuple[FileChange, ...], tuple[tuple[CriterionId, tuple[TestId, ...]], ...]]:
        """Return test files for the criteria's examples, and which tests they make for which criterion.

        Args:
            criteria: Those with examples; others are passed over.
            project: Where the code is.
            suite: Whose conventions the files follow (framework, folder, names).
            files: Content of every source and test file by path, for resolving the names the examples use.
        """
        ...

    def weakenings(
        self, path: str, before: bytes | None, after: bytes | None, suite: TestSuite
    ) -> tuple[TamperFinding, ...]:
        """Return how a change makes a test file, or the configuration of tests, easier to pass.

        Deleted tests and assertions, looser comparisons, skips and expected failures, swallowed exceptions, hooks that
        rewrite results. A test that moved within the file or was made stricter is no finding. `None` means the file did
        not exist.
        """
        ...

    def hard_coded(self, path: str, before: bytes, after: bytes, tests: Sequence[bytes]) -> tuple[TamperFinding, ...]:
        """Return places where new code knows the tests.

        It answers with literals that the tests use as input and expected value, or asks whether it is being tested.
        """
        ...
