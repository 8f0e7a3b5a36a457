"""Which lines of a Python file are statements, so that lines without code are never called uncovered."""

import ast
from collections.abc import Iterator

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly


def statement_lines(source: bytes) -> tuple[tuple[int, int], ...]:
    """Return (first line, last line) of every simple statement and of every compound statement's header, in order.

    Docstrings, bare annotations, `global` and `nonlocal` run nothing and are none. Decorators belong to their header.
    A file that does not parse has no statements.
    """
    return tuple(sorted(_lines(node) for node in _statements(parse_quietly(source))))


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not _runs_nothing(node):
            yield node


def _runs_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Global | ast.Nonlocal) or (isinstance(node, ast.AnnAssign) and node.value is None)


def _lines(node: ast.stmt) -> tuple[int, int]:
    if isinstance(node, ast.Match):
        return node.lineno, max(node.lineno, node.cases[0].pattern.lineno - 1)
    body: list[ast.stmt] = getattr(node, "body", [])
    last = max(node.lineno, _first_line(body[0]) - 1) if body else node.end_lineno or node.lineno
    return _first_line(node), last


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])
