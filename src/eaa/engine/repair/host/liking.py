"""What makes a passing candidate look like the real repair, or like one that only pleases the tests."""

from __future__ import annotations

import ast
from typing import Set

from .normalise import tidy
from .source import Candidate
from .tree import Functions, clone, key, parameters

_SUSPECT_OPERATORS = frozenset({"statement dropped", "condition constant"})


def liking(candidate: Candidate) -> float:
    """Return a factor up to 1: less when own names become unused, when code is dropped, when a guard answers."""
    factor = 0.6 if candidate.operator in _SUSPECT_OPERATORS else 1.0
    node = candidate.unit.node
    before, was_plain = _read_names(node), _is_plain(candidate)
    with candidate.unit.file.applied(candidate.edits):
        after, is_plain = _read_names(node), _is_plain(candidate)
    if was_plain and not is_plain:
        factor *= 0.5
    if (before - after) & _own_names(node):
        factor *= 0.5
    return factor


def _is_plain(candidate: Candidate) -> bool:
    """Return whether the statement around the change has no detour such as `min(x, x)`."""
    statement = candidate.unit.file.statement_of(candidate.anchor)
    return key(tidy(clone(statement))) == key(statement)


def _read_names(node: ast.AST) -> Set[str]:
    return {found.id for found in ast.walk(node) if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Load)}


def _own_names(node: ast.AST) -> Set[str]:
    own = {found.id for found in ast.walk(node) if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Store)}
    return own | {
        name for found in ast.walk(node) if isinstance(found, (*Functions, ast.Lambda)) for name in parameters(found)
    }
