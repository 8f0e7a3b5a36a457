"""Python as a language: each question is answered by the module named for it."""

from collections.abc import Mapping, Sequence

from typing_extensions import override

from eaa.adapters.toolchains.python.differential import differential_tests
from eaa.adapters.toolchains.python.doomed_tests import doomed_tests
from eaa.adapters.toolchains.python.hard_coded import hard_coded
from eaa.adapters.toolchains.python.imports import imports_of
from eaa.adapters.toolchains.python.interface import interface_of
from eaa.adapters.toolchains.python.mutants import mutants_of
from eaa.adapters.toolchains.python.quiet_parse import syntax_fault
from eaa.adapters.toolchains.python.siblings import sibling_calls
from eaa.adapters.toolchains.python.statements import statement_lines
from eaa.adapters.toolchains.python.stub import stubbed
from eaa.adapters.toolchains.python.symbols import call_lines, symbols_of
from eaa.adapters.toolchains.python.tests_in import find_tests, is_test_file
from eaa.adapters.toolchains.python.weakenings import weakenings
from eaa.adapters.toolchains.python.writing import write_tests
from eaa.domain.criterion import Criterion
from eaa.domain.evidence import TamperFinding
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.language import Differential, Import, Mutant, Siblings, Symbol
from eaa.domain.project import Project, TestSuite
from eaa.domain.repository import FileChange
from eaa.ports.language import Language


class PythonLanguage(Language):
    """Python as the running interpreter parses it. Holds no state."""

    @override
    def is_source(self, path: str) -> bool:
        return path.endswith((".py", ".pyi"))

    @override
    def is_test(self, path: str, suite: TestSuite) -> bool:
        return is_test_file(path, suite)

    @override
    def symbols(self, path: str, source: bytes) -> tuple[Symbol, ...]:
        return symbols_of(path, source)

    @override
    def imports(self, path: str, source: bytes) -> tuple[Import, ...]:
        return imports_of(path, source)

    @override
    def calls(self, source: bytes, name: str) -> tuple[int, ...]:
        return call_lines(source, name)

    @override
    def interface(self, path: str, source: bytes) -> tuple[str, ...]:
        return interface_of(source)

    @override
    def tests_in(self, path: str, source: bytes, suite: TestSuite) -> tuple[tuple[TestId, int, int], ...]:
        return find_tests(path, source, suite)

    @override
    def statements(self, path: str, source: bytes) -> tuple[tuple[int, int], ...]:
        return statement_lines(source)

    @override
    def syntax_fault(self, path: str, source: bytes) -> str | None:
        return syntax_fault(source) if self.is_source(path) else None

    @override
    def doomed(self, source: bytes, lines: frozenset[int]) -> tuple[bytes, frozenset[int]]:
        return doomed_tests(source, lines)

    @override
    def mutants(self, path: str, source: bytes, lines: frozenset[int]) -> tuple[Mutant, ...]:
        return mutants_of(path, source, lines)

    @override
    def differential(
        self, path: str, before: bytes, after: bytes, tests: Sequence[bytes], suite: TestSuite
    ) -> Differential:
        return differential_tests(path, before, after, tests, suite)

    @override
    def siblings(self, path: str, before: bytes, after: bytes, tests: Sequence[bytes], suite: TestSuite) -> Siblings:
        return sibling_calls(path, before, after, tests, suite)

    @override
    def stub(self, path: str, source: bytes, names: Sequence[str]) -> bytes:
        return stubbed(source, names)

    @override
    def write_tests(
        self, criteria: Sequence[Criterion], project: Project, suite: TestSuite, files: Mapping[str, bytes]
    ) -> tuple[tuple[FileChange, ...], tuple[tuple[CriterionId, tuple[TestId, ...]], ...]]:
        return write_tests(criteria, project, suite, files)

    @override
    def weakenings(
        self, path: str, before: bytes | None, after: bytes | None, suite: TestSuite
    ) -> tuple[TamperFinding, ...]:
        return weakenings(path, before, after, suite)

    @override
    def hard_coded(self, path: str, before: bytes, after: bytes, tests: Sequence[bytes]) -> tuple[TamperFinding, ...]:
        return hard_coded(path, before, after, tests)
