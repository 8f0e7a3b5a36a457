"""Which tests a file defines, under the framework's own ids."""

import pytest

from eaa.adapters.toolchains.python.tests_in import find_tests, is_test_file
from eaa.domain.project import Finding, TestSuite

SOURCE = b"""\
import unittest

@mark
def test_one(): ...

def helper():
    def test_inner(): ...

class TestGroup:
    async def test_two(self):
        pass

    class TestInner:
        def test_three(self): ...

class TestBuilt:
    def __init__(self): ...
    def test_never(self): ...

class Shared(unittest.TestCase):
    def test_four(self): ...

class Case(Shared):
    def test_five(self): ...
"""


def suite(*, root: str = ".", framework: str = "pytest") -> TestSuite:
    return TestSuite(
        root=root,
        framework=framework,
        command=Finding(value=framework, path="pyproject.toml"),
        test_paths=("checks/all_of_it.py",),
        import_roots=(".",),
    )


def test_pytest_ids_begin_below_the_root_of_the_suite() -> None:
    assert find_tests("sub/tests/test_a.py", SOURCE, suite(root="sub")) == (
        ("tests/test_a.py::test_one", 3, 4),
        ("tests/test_a.py::TestGroup::test_two", 10, 11),
        ("tests/test_a.py::TestGroup::TestInner::test_three", 14, 14),
        ("tests/test_a.py::Shared::test_four", 21, 21),
        ("tests/test_a.py::Case::test_four", 21, 21),
        ("tests/test_a.py::Case::test_five", 24, 24),
    )


def test_unittest_knows_only_cases() -> None:
    assert [test for test, _, _ in find_tests("tests/test_a.py", SOURCE, suite(framework="unittest"))] == [
        "tests.test_a.Shared.test_four",
        "tests.test_a.Case.test_four",
        "tests.test_a.Case.test_five",
    ]


def test_a_class_that_inherits_from_itself_ends() -> None:
    assert find_tests("test_a.py", b"class TestA(TestA):\n    def test_b(self): ...\n", suite()) == (
        ("test_a.py::TestA::test_b", 2, 2),
    )


@pytest.mark.parametrize(("path", "source"), [("elsewhere/test_a.py", SOURCE), ("sub/test_a.py", b"def test_(:")])
def test_other_suites_and_broken_files_define_no_tests(path: str, source: bytes) -> None:
    assert find_tests(path, source, suite(root="sub")) == ()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("checks/all_of_it.py", True),
        ("pkg/test_a.py", True),
        ("pkg/a_test.py", True),
        ("pkg/conftest.py", True),
        ("pkg/tests/data/numbers.json", True),
        ("pkg/testing/fake.py", True),
        ("pkg/contest.py", False),
        ("pkg/latest.py", False),
        ("pkg/testing.py", False),
    ],
)
def test_names_and_folders_tell_what_belongs_to_tests(path: str, expected: bool) -> None:
    assert is_test_file(path, suite()) is expected


def test_the_folders_above_the_suite_say_nothing() -> None:
    assert not is_test_file("tests/demo/a.py", suite(root="tests/demo"))
