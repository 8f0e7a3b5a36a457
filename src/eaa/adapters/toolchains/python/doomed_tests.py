"""Tests that cannot pass any more, and look the same from outside: name, file and line of the test stay."""

import ast
from collections.abc import Collection, Iterator

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.adapters.toolchains.python.symbols import first_line

_CANNOT_HOLD = b"assert 1 + 1 == 3"
_EQUALS_NOTHING = b"object()"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def doomed_tests(source: bytes, lines: Collection[int]) -> tuple[bytes, frozenset[int]]:
    """Return a file whose tests on some first lines must fail, and the first lines of those that do.

    Where a test compares with a literal (`assert f(x) == 6`) it compares with an object that equals nothing; any other
    test has an assertion at its end that cannot hold. A test that may end early (`return`, `yield`) is left as it is.
    """
    functions = [node for node in ast.walk(parse_quietly(source)) if isinstance(node, _Function)]
    texts = source.splitlines(keepends=True)
    doomed: set[int] = set()
    # From the end, so that what is still to be changed stays where it was read.
    for node in sorted(functions, key=lambda node: node.lineno, reverse=True):
        if first_line(node) in lines and _ends_at_its_end(node) and node.body[0].lineno > node.lineno:
            _doom(texts, node)
            doomed.add(first_line(node))
    return b"".join(texts), frozenset(doomed)


def _doom(texts: list[bytes], node: _Function) -> None:
    literals = list(_expected_literals(node))
    for literal in reversed(literals):
        line = texts[literal.lineno - 1]
        texts[literal.lineno - 1] = line[: literal.col_offset] + _EQUALS_NOTHING + line[literal.end_col_offset :]
    if not literals:
        last = node.body[-1].end_lineno or node.body[-1].lineno
        indent = texts[node.body[0].lineno - 1][: node.body[0].col_offset]
        texts[last - 1] = texts[last - 1].rstrip(b"\r\n") + b"\n" + indent + _CANNOT_HOLD + b"\n"


def _expected_literals(node: _Function) -> Iterator[ast.expr]:
    """Yield the one-line literals that plain assertions of a test compare with by `==`, in their order."""
    for statement in node.body:
        match statement:
            case ast.Assert(test=ast.Compare(ops=[ast.Eq()], left=left, comparators=[right])):
                literals = [side for side in (left, right) if _is_literal(side)]
                if len(literals) == 1 and literals[0].lineno == literals[0].end_lineno:
                    yield literals[0]


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def _ends_at_its_end(node: _Function) -> bool:
    return not any(isinstance(part, ast.Return | ast.Yield | ast.YieldFrom) for part in _own_parts(node))


def _own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function and not in another function or class inside it."""
    for part in ast.iter_child_nodes(node):
        if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield part
            yield from _own_parts(part)
