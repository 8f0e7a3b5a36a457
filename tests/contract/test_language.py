"""What every language promises. Each brings a sample file and its test, written in its own words."""

from dataclasses import dataclass

import pytest

from eaa.adapters.toolchains.python.language import PythonLanguage
from eaa.domain.criterion import Criterion, Example
from eaa.domain.ids import CriterionId
from eaa.domain.project import Finding, Project, TestSuite
from eaa.ports.language import Language


@dataclass(frozen=True)
class Sample:
    """A project of two files in one language."""

    language: Language
    path: str
    source: bytes
    function: str
    """A public function of the source, called by the test once."""
    test_path: str
    test_source: bytes
    """One test with one assertion, so that less of it is weaker."""
    weaker: bytes
    example: Example
    project: Project


PYTHON_SUITE = TestSuite(
    root=".",
    framework="pytest",
    command=Finding(value="pytest", path="pyproject.toml"),
    test_paths=("tests/test_prices.py",),
    import_roots=("src",),
)
PYTHON = Sample(
    language=PythonLanguage(),
    path="src/shop/prices.py",
    source=b"def total(price, count):\n    if count < 1:\n        return 0\n    return price * count\n",
    function="total",
    test_path="tests/test_prices.py",
    test_source=b"from shop.prices import total\n\n\ndef test_total():\n    assert total(2, 3) == 6\n",
    weaker=b"from shop.prices import total\n\n\ndef test_total():\n    assert total(2, 3)\n",
    example=Example(expression="total(2, 0)", expected="0"),
    project=Project(
        language="python",
        language_requirement=None,
        package_manager=None,
        runners=(),
        manifests=(),
        lock_files=(),
        dependencies=(),
        suites=(PYTHON_SUITE,),
        source_paths=("src/shop/prices.py",),
        quality_tools=(),
    ),
)
BROKEN = b"\xff\x00 ( { ' def"
LINES = frozenset(range(1, 100))


@pytest.fixture(params=[PYTHON], ids=["python"])
def sample(request: pytest.FixtureRequest) -> Sample:
    assert isinstance(request.param, Sample)
    return request.param


@pytest.fixture
def suite(sample: Sample) -> TestSuite:
    return sample.project.suites[0]


def test_sources_and_tests_are_told_apart(sample: Sample, suite: TestSuite) -> None:
    language = sample.language

    assert language.is_source(sample.path)
    assert language.is_source(sample.test_path)
    assert not language.is_source("README.md")
    assert language.is_test(sample.test_path, suite)
    assert not language.is_test(sample.path, suite)


def test_symbols_name_their_lines(sample: Sample) -> None:
    symbols = {symbol.qualified_name: symbol for symbol in sample.language.symbols(sample.path, sample.source)}
    found = symbols[sample.function]

    assert found.path == sample.path
    assert found.is_public
    assert sample.function in found.signature
    assert "\n" not in found.signature
    assert sample.function.encode() in sample.source.splitlines()[found.first_line - 1]
    assert found.first_line < found.last_line <= len(sample.source.splitlines())


def test_only_a_broken_file_has_a_syntax_fault(sample: Sample) -> None:
    assert sample.language.syntax_fault(sample.path, sample.source) is None
    assert sample.language.syntax_fault("notes.txt", b")(") is None

    fault = sample.language.syntax_fault(sample.path, sample.source + b")(")

    assert fault is not None
    assert "line 5" in fault


def test_imports_and_calls_name_their_lines(sample: Sample) -> None:
    imports = sample.language.imports(sample.test_path, sample.test_source)
    calls = sample.language.calls(sample.test_source, sample.function)

    assert [found.names for found in imports] == [(sample.function,)]
    assert [sample.function.encode() in sample.test_source.splitlines()[line - 1] for line in calls] == [True]


def test_the_interface_is_sorted_and_ignores_bodies(sample: Sample) -> None:
    language = sample.language
    interface = language.interface(sample.path, sample.source)

    assert interface
    assert list(interface) == sorted(interface)
    assert language.interface(sample.path, language.stub(sample.path, sample.source, [sample.function])) == interface


def test_tests_name_their_lines(sample: Sample, suite: TestSuite) -> None:
    [(test, first, last)] = sample.language.tests_in(sample.test_path, sample.test_source, suite)

    assert test
    assert 1 <= first <= last <= len(sample.test_source.splitlines())


def test_mutants_stay_on_the_lines_and_differ(sample: Sample) -> None:
    language = sample.language
    found = language.mutants(sample.path, sample.source, LINES)
    line = found[0].line

    assert [mutant.line for mutant in found] == sorted(mutant.line for mutant in found)
    assert len({mutant.content for mutant in found} | {sample.source}) == len(found) + 1
    assert all(mutant.path == sample.path and mutant.description for mutant in found)
    assert {mutant.line for mutant in language.mutants(sample.path, sample.source, frozenset({line}))} == {line}
    assert language.mutants(sample.path, sample.source, frozenset()) == ()


def test_statements_cover_the_function(sample: Sample) -> None:
    statements = sample.language.statements(sample.path, sample.source)

    assert list(statements) == sorted(statements)
    assert {mutant.line for mutant in sample.language.mutants(sample.path, sample.source, LINES)} <= {
        line for first, last in statements for line in range(first, last + 1)
    }


def test_a_stub_keeps_what_it_was_not_asked_for(sample: Sample) -> None:
    assert sample.language.stub(sample.path, sample.source, ["nothing.here"]) == sample.source
    assert sample.language.stub(sample.path, sample.source, [sample.function]) != sample.source


def test_written_tests_are_tests_of_the_criterion(sample: Sample, suite: TestSuite) -> None:
    files = {sample.path: sample.source, sample.test_path: sample.test_source}
    criterion = Criterion(id=CriterionId("C1"), text="none", source="none costs nothing", examples=(sample.example,))
    changes, tests = sample.language.write_tests([criterion], sample.project, suite, files)
    written = {
        test for change in changes for test, _, _ in sample.language.tests_in(change.path, change.content or b"", suite)
    }

    assert [criterion_id for criterion_id, _ in tests] == [criterion.id]
    assert {test for _, names in tests for test in names} == written
    assert not {change.path for change in changes} & {*files}


def test_weaker_tests_are_found_and_equal_ones_are_not(sample: Sample, suite: TestSuite) -> None:
    language = sample.language

    assert language.weakenings(sample.test_path, sample.test_source, sample.weaker, suite)
    assert language.weakenings(sample.test_path, sample.test_source, None, suite)
    assert language.weakenings(sample.test_path, sample.weaker, sample.test_source, suite) == ()
    assert language.weakenings(sample.test_path, sample.test_source, sample.test_source, suite) == ()


def test_unchanged_code_knows_no_tests(sample: Sample) -> None:
    assert sample.language.hard_coded(sample.path, sample.source, sample.source, [sample.test_source]) == ()


def test_differential_tests_call_what_the_tests_call(sample: Sample, suite: TestSuite) -> None:
    made = sample.language.differential(sample.path, sample.source, sample.source, [sample.test_source], suite)

    assert sample.source in [change.content for change in made.changes]
    assert all(sample.function in call for _, call in made.tests)


def test_broken_source_says_less_and_never_raises(sample: Sample, suite: TestSuite) -> None:
    language = sample.language

    assert language.symbols(sample.path, BROKEN) == ()
    assert language.imports(sample.path, BROKEN) == ()
    assert language.calls(BROKEN, sample.function) == ()
    assert language.interface(sample.path, BROKEN) == ()
    assert language.tests_in(sample.test_path, BROKEN, suite) == ()
    assert language.mutants(sample.path, BROKEN, LINES) == ()
    assert language.stub(sample.path, BROKEN, [sample.function]) == BROKEN
    assert language.hard_coded(sample.path, BROKEN, BROKEN, [BROKEN]) == ()
    assert language.weakenings(sample.test_path, BROKEN, BROKEN, suite) == ()
    assert language.differential(sample.path, BROKEN, BROKEN, [BROKEN], suite).tests == ()


def test_a_doomed_test_keeps_its_name_and_place(sample: Sample) -> None:
    suite = sample.project.suites[0]
    tests = sample.language.tests_in(sample.test_path, sample.test_source, suite)

    doomed, lines = sample.language.doomed(sample.test_source, frozenset(first for _, first, _ in tests))

    found = sample.language.tests_in(sample.test_path, doomed, suite)
    assert [(name, first) for name, first, _ in found] == [(name, first) for name, first, _ in tests]
    assert (doomed != sample.test_source) == bool(lines)
