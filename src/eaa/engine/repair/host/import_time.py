"""Code that runs once, at import: which tests depend on it, and which parts of functions belong to it."""

from __future__ import annotations

import ast
from typing import Dict, List, Set

from .baseline import Baseline
from .localise import Line
from .source import SourceFile, Unit
from .tree import Functions


def runs_at_import(unit: Unit, node: ast.AST) -> bool:
    """Return whether exchanging the code of living functions would not make a change of this node felt."""
    if not isinstance(unit.node, Functions):
        return True
    current = node
    while current is not unit.node:
        parent, field = unit.file.parents[current]
        if field == "decorator_list" or (field in ("defaults", "kw_defaults") and unit.file.up(parent) is unit.node):
            return True
        current = parent
    return False


def dependents(files: List[SourceFile], baseline: Baseline) -> Dict[int, Set[Line]]:
    """Return the import-time lines that each test depends on.

    A test depends on a statement when it runs a function that mentions a name the statement gives, or, for statements
    that give none, when it runs anything of the file.
    """
    found: Dict[int, Set[Line]] = {}
    for file in files:
        functions = [unit for unit in file.units if unit.is_function]
        mentions = {id(unit): _mentioned(unit.node) for unit in functions}
        for index, lines in baseline.lines.items():
            here = {line for path, line in lines if path == file.path}
            if not here:
                continue
            run = [unit for unit in functions if any(unit.first_line <= line <= unit.last_line for line in here)]
            names = {name for unit in run for name in mentions[id(unit)]}
            for unit in file.units:
                if _concerns(unit, names, run):
                    found.setdefault(index, set()).update(_lines(unit))
    return found


def _concerns(unit: Unit, names: Set[str], run: List[Unit]) -> bool:
    if isinstance(unit.node, Functions):
        arguments = unit.node.args
        has_any = unit.node.decorator_list or arguments.defaults or any(arguments.kw_defaults)
        return bool(has_any) and unit in run
    given = _given(unit.node)
    return bool(given & names) if given else True


def _lines(unit: Unit) -> Set[Line]:
    last = unit.last_line
    if isinstance(unit.node, Functions):
        last = unit.node.body[0].lineno - 1 or unit.node.lineno
    return {(unit.file.path, line) for line in range(unit.first_line, max(last, unit.node.lineno) + 1)}


def _mentioned(node: ast.AST) -> Set[str]:
    names = {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}
    return names | {found.attr for found in ast.walk(node) if isinstance(found, ast.Attribute)}


def _given(node: ast.AST) -> Set[str]:
    return {found.id for found in ast.walk(node) if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Store)}
