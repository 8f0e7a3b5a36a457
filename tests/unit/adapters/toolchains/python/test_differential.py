"""Comparing a module with its old self: which calls are made, under which names."""

import pytest

from eaa.adapters.toolchains.python.differential import CALLS_AT_MOST, differential_tests
from eaa.domain.project import Finding, TestSuite

OLD = b"def scale(a, b=1):\n    return a * b\n\ndef renamed(a):\n    return a\n\ndef _private(a):\n    return a\n"
NEW = b"def scale(a, b=1):\n    return b * a\n\ndef renamed(z):\n    return z\n\ndef _private(a):\n    return a\n"


def suite(*, root: str = ".", import_roots: tuple[str, ...] = ("src",), framework: str = "pytest") -> TestSuite:
    return TestSuite(
        root=root,
        framework=framework,
        command=Finding(value="pytest", path="pyproject.toml"),
        test_paths=("tests/unit/test_scale.py",),
        import_roots=import_roots,
    )


def test_literal_calls_of_the_tests_and_their_neighbours_are_compared() -> None:
    tests = b"def test_it():\n    assert scale(3, b=2) == 6\n    assert scale(number) == other.scale('x')\n"

    made = differential_tests("src/pkg/scaling.py", OLD, NEW, [tests], suite())

    calls = [call for _, call in made.tests]
    assert calls[:2] == ["scale(3, b=2)", "scale('x')"]
    assert {"scale(4, b=2)", "scale(-3, b=2)", "scale('')", "scale('xx')"} <= set(calls)
    assert "scale(number)" not in calls


def test_the_old_self_lies_beside_the_new_one_and_the_tests_beside_the_tests() -> None:
    made = differential_tests("src/pkg/scaling.py", OLD, NEW, [b"scale(1)"], suite())

    assert [change.path for change in made.changes] == [
        "src/pkg/scaling__before.py",
        "tests/unit/test_same_answers_pkg_scaling.py",
    ]
    assert made.changes[0].content == OLD
    assert made.tests[0][0] == "tests/unit/test_same_answers_pkg_scaling.py::test_1"
    text = (made.changes[1].content or b"").decode()
    compile(text, "tests", "exec")
    assert "import pkg.scaling__before as _old" in text


@pytest.mark.parametrize(
    "tests",
    [b"renamed(1)", b"_private(1)", b"scale(*values)", b"scale(**values)", b"scale(make())", b"def broken(:"],
)
def test_what_cannot_be_compared_is_not_called(tests: bytes) -> None:
    assert differential_tests("src/pkg/scaling.py", OLD, NEW, [tests], suite()).tests == ()


@pytest.mark.parametrize("path", ["src/pkg/__init__.py", "src/not-a-name.py"])
def test_a_file_without_a_module_name_is_left_alone(path: str) -> None:
    assert differential_tests(path, OLD, NEW, [b"scale(1)"], suite()).changes == ()


def test_only_pytest_is_spoken() -> None:
    assert differential_tests("src/a.py", OLD, NEW, [b"scale(1)"], suite(framework="unittest")).changes == ()


def test_the_number_of_calls_is_bounded() -> None:
    many = "\n".join(f"scale({number})" for number in range(500)).encode()

    assert len(differential_tests("src/a.py", OLD, NEW, [many], suite()).tests) == CALLS_AT_MOST
