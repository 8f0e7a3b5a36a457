"""Rows of alternatives in code: tables, collections, `match` cases, chains of comparisons."""

import ast
from collections.abc import Iterator

from eaa.adapters.toolchains.python.test_literals import Literal, literal_of

_ROW_AT_LEAST = 2


def extended_alternatives(old: ast.Module, new: ast.Module) -> frozenset[Literal]:
    """Return the literals by which the new text extends a row of alternatives that the old one has already."""
    rows = [set(row) for row in _alternatives(old)]
    return frozenset(
        literal
        for row in _alternatives(new)
        for before in rows
        if len(before & set(row)) >= _ROW_AT_LEAST
        for literal in set(row) - before
    )


def _alternatives(tree: ast.Module) -> Iterator[list[Literal]]:
    """Return the literals of each table, collection, `match`, or function that compares for equality."""
    for node in ast.walk(tree):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            parts = list(node.keys)
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            parts = list(node.elts)
        elif isinstance(node, ast.Match):
            parts = [
                part.value for case in node.cases for part in ast.walk(case.pattern) if isinstance(part, ast.MatchValue)
            ]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts = [
                side
                for part in ast.walk(node)
                if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Eq)
                for side in (part.left, *part.comparators)
            ]
        literals: list[Literal] = [literal for part in parts if (literal := literal_of(part)) is not None]
        if literals:
            yield literals
