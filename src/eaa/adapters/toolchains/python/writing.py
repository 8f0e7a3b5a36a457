"""Turning the examples of criteria into tests, in the way the project writes its own."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from eaa.adapters.toolchains.python.expectation import body_of
from eaa.adapters.toolchains.python.resolution import Names, free_names, read_names
from eaa.adapters.toolchains.python.test_names import test_file, test_name
from eaa.domain.criterion import Criterion, Example
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.project import Project, TestSuite
from eaa.domain.repository import FileChange

TestsOfCriteria = tuple[tuple[CriterionId, tuple[TestId, ...]], ...]
_CLASS = "TestExamples"


@dataclass(frozen=True, slots=True)
class _Written:
    """One test and what it needs."""

    criterion: CriterionId
    name: str
    lines: tuple[str, ...]
    imports: tuple[str, ...]


def write_tests(
    criteria: Sequence[Criterion], project: Project, suite: TestSuite, files: Mapping[str, bytes]
) -> tuple[tuple[FileChange, ...], TestsOfCriteria]:
    """Return one new test file for the examples of criteria, and which tests it holds for which criterion.

    An example that is no Python expression is left out. A name that nothing defines stays as it is: the test is red.
    """
    names = read_names(project, suite, files)
    written: list[_Written] = []
    for criterion in criteria:
        for example in criterion.examples:
            test = _write(criterion, example, suite, names, [test.name for test in written])
            written += [test] if test else []
    if not written:
        return (), ()
    first = next(criterion for criterion in criteria if criterion.id == written[0].criterion)
    path = test_file(_concerned(written, names), first, suite, tuple(files))
    change = FileChange(path=path, content=_file(written, suite).encode())
    return (change,), _ids(written, path, suite)


def _write(
    criterion: Criterion, example: Example, suite: TestSuite, names: Names, taken: Sequence[str]
) -> _Written | None:
    trees = _trees(example)
    if trees is None:
        return None
    hint = f"{criterion.text}\n{criterion.source}"
    imports, local, unknown = [], [], set()
    for name, chains in free_names(trees).items():
        statement = names.statement(name, chains, hint)
        home = names.likely_home(hint)
        if statement is not None:
            imports.append(statement)
        elif home is not None and _is_called(name, example.expression):
            # What does not exist yet is imported inside its test, so that the others run without it.
            local.append(f"from {home} import {name}")
        else:
            unknown.add(name)
    body = body_of(example, suite.framework, frozenset(unknown))
    if suite.framework == "pytest" and any("pytest." in line for line in body):
        imports.append("import pytest")
    on_top, setup = _setup(example)
    lines = (*local, *setup, *body)
    if not _is_valid(_function("def test():", lines, 0)):
        return None
    name = test_name(criterion, example, taken)
    return _Written(criterion=criterion.id, name=name, lines=lines, imports=(*imports, *on_top))


def _setup(example: Example) -> tuple[list[str], list[str]]:
    """Return the setup's star imports, which only stand at the top of a file, and its other lines."""
    text = "\n".join(statement.strip() for statement in example.setup)
    tree = ast.parse(text)
    stars = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]
    if stars or '"""' in text or "'''" in text:
        # Written anew, a string of several lines is one line, which indenting leaves alone.
        text = "\n".join(ast.unparse(node) for node in tree.body if node not in stars)
    return [ast.unparse(node) for node in stars], text.splitlines()


def _is_valid(source: str) -> bool:
    try:
        compile(source, "example", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _trees(example: Example) -> list[ast.AST] | None:
    """Return the syntax of an example's parts, None when its expression or setup is not valid."""
    try:
        # Compiling also refuses `await` and `yield`, which parse but mean nothing here.
        compile(example.expression.strip(), "example", "eval", dont_inherit=True)
        compile("\n".join(example.setup), "setup", "exec", dont_inherit=True)
        trees: list[ast.AST] = [ast.parse("\n".join(example.setup)), ast.parse(example.expression.strip(), mode="eval")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for part in (example.expected, example.raises):
        try:
            trees += [ast.parse(part.strip(), mode="eval")] if part else []
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return trees


def _is_called(name: str, expression: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\s*\(", expression) is not None


def _concerned(written: Sequence[_Written], names: Names) -> str | None:
    """Return the path of the first project module that a test imports something from, where that is defined."""
    for statement in (statement for test in written for statement in test.imports):
        module, _, name = statement.removeprefix("from ").removeprefix("import ").partition(" import ")
        for known in (f"{module}.{name}", module):
            if known in names.paths:
                return names.paths[names.definer(name) or known]
    return None


def _file(written: Sequence[_Written], suite: TestSuite) -> str:
    statements = {statement for test in written for statement in test.imports}
    if suite.framework != "pytest":
        statements.add("import unittest")
    parts = ['"""Examples from the request."""', "\n".join(sorted(statements, key=_import_order))]
    if suite.framework == "pytest":
        tests = [_function(f"def {test.name}():", test.lines, 0) for test in written]
    else:
        methods = "\n\n".join(_function(f"def {test.name}(self):", test.lines, 4) for test in written)
        tests = [f"class {_CLASS}(unittest.TestCase):\n{methods}"]
    head = "\n\n".join(part for part in parts if part)
    return "\n\n\n".join([head, *tests]) + "\n"


def _import_order(statement: str) -> tuple[bool, str]:
    return statement.startswith("from "), statement


def _function(header: str, lines: Sequence[str], indent: int) -> str:
    body = [f"    {line}" if line.strip() else "" for line in lines]
    return "\n".join(f"{' ' * indent}{line}" if line else "" for line in (header, *body))


def _ids(written: Sequence[_Written], path: str, suite: TestSuite) -> TestsOfCriteria:
    file = PurePosixPath(path)
    inside = file if suite.root == "." else file.relative_to(suite.root)
    prefix = f"{inside}::" if suite.framework == "pytest" else f"{'.'.join(inside.with_suffix('').parts)}.{_CLASS}."
    tests: dict[CriterionId, tuple[TestId, ...]] = {}
    for test in written:
        tests[test.criterion] = (*tests.get(test.criterion, ()), TestId(f"{prefix}{test.name}"))
    return tuple(tests.items())
