"""Which tests a Python file defines, and which files hold tests."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.adapters.toolchains.python.symbols import Function, first_line, last_name
from eaa.domain.ids import TestId
from eaa.domain.project import TestSuite

_TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py|conftest\.py|tests?\.py")
_TEST_FOLDERS = frozenset({"test", "tests", "testing"})

_Place = tuple[tuple[str, ...], Function]
"""The names of the classes and the function, and the function."""


def is_test_file(path: str, suite: TestSuite) -> bool:
    """Return whether a path holds tests or their support: by the suite, by its name or by a folder it is in."""
    file = _below(path, suite)
    if path in suite.test_paths:
        return True
    return file is not None and bool(_TEST_FILE.fullmatch(file.name) or _TEST_FOLDERS & {*file.parts[:-1]})


def find_tests(path: str, source: bytes, suite: TestSuite) -> tuple[tuple[TestId, int, int], ...]:
    """Return (id without parameters, first line, last line) of every test, in order, decorators included.

    Ids are the framework's own, relative to the suite's folder. A test that a class inherits from another class of the
    file is listed under both, at the place where it is written.
    """
    file = _below(path, suite)
    if file is None or file.name == "conftest.py":
        return ()
    return tuple(
        (_test_id(file, names, suite), first_line(node), node.end_lineno or node.lineno)
        for names, node in _places(parse_quietly(source).body, suite)
    )


def _below(path: str, suite: TestSuite) -> PurePosixPath | None:
    file = PurePosixPath(path)
    if suite.root == ".":
        return file
    return file.relative_to(suite.root) if file.is_relative_to(suite.root) else None


def _test_id(file: PurePosixPath, names: Sequence[str], suite: TestSuite) -> TestId:
    if suite.framework == "unittest":
        return TestId(".".join([*file.with_suffix("").parts, *names]))
    return TestId("::".join([str(file), *names]))


def _places(body: Sequence[ast.stmt], suite: TestSuite, outer: tuple[str, ...] = ()) -> Iterator[_Place]:
    is_pytest = suite.framework != "unittest"
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    for node in body:
        if isinstance(node, Function) and not outer and is_pytest and node.name.startswith("test"):
            yield (node.name,), node
        elif isinstance(node, ast.ClassDef):
            is_case = _is_case(node, classes, frozenset())
            if is_case or (is_pytest and _is_pytest_class(node)):
                names = (*outer, node.name)
                yield from (((*names, test.name), test) for test in _methods(node, classes, frozenset()).values())
                if not is_case:
                    yield from _places(node.body, suite, names)


def _is_case(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef], seen: frozenset[str]) -> bool:
    names = [last_name(base) for base in node.bases]
    known = [classes[name] for name in names if name in classes and name not in seen]
    return any(name.endswith("TestCase") for name in names) or any(
        _is_case(base, classes, seen | {base.name}) for base in known
    )


def _is_pytest_class(node: ast.ClassDef) -> bool:
    return node.name.startswith("Test") and not any(
        isinstance(part, Function) and part.name == "__init__" for part in node.body
    )


def _methods(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef], seen: frozenset[str]) -> dict[str, Function]:
    found: dict[str, Function] = {}
    for base in reversed(node.bases):
        inherited = classes.get(last_name(base))
        if inherited is not None and inherited.name not in seen:
            found |= _methods(inherited, classes, seen | {inherited.name})
    own = (part for part in node.body if isinstance(part, Function))
    return found | {part.name: part for part in own if part.name.startswith("test")}
