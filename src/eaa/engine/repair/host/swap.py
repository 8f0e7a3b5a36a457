"""Exchanges the code of live functions, wherever they were imported to, decorated or kept."""

from __future__ import annotations

import ast
import gc
import os
import warnings
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Dict, Iterator, List, Optional, Tuple

from .limits import TICK
from .source import Candidate, Unit
from .tree import place

Swap = Tuple[FunctionType, CodeType]


class NotSwappable(Exception):
    """The candidate does not compile, or no living function would notice it."""


class LiveFunctions:
    """The functions that exist after collection, by file and name."""

    def __init__(self, paths: List[str]) -> None:
        wanted, real = set(paths), {}
        self._functions: Dict[Tuple[str, str], List[FunctionType]] = {}
        for found in gc.get_objects():
            if not isinstance(found, FunctionType):
                continue
            code = found.__code__
            if code.co_filename not in real:
                real[code.co_filename] = os.path.realpath(code.co_filename)
            path = real[code.co_filename]
            if path in wanted:
                self._functions.setdefault((path, code.co_name), []).append(found)

    def swaps(self, candidate: Candidate) -> List[Swap]:
        """Return which function gets which code.

        Raises:
            NotSwappable: See there.
        """
        unit = candidate.unit
        with unit.file.applied(candidate.edits):
            compiled = compile_unit(unit)
        found = [swap for code in _codes(compiled) for swap in self._matches(unit, code)]
        if not found:
            raise NotSwappable
        return found

    def at(self, place: Tuple[str, str, int]) -> Optional[FunctionType]:
        """Return the function of a file, name and first line, if it lives."""
        path, name, line = place
        found = self._functions.get((path, name), [])
        return next((function for function in found if function.__code__.co_firstlineno == line), None)

    def _matches(self, unit: Unit, code: CodeType) -> Iterator[Swap]:
        for function in self._functions.get((unit.file.path, code.co_name), []):
            old = function.__code__
            is_here = unit.first_line <= old.co_firstlineno <= unit.last_line
            is_it = old.co_firstlineno == code.co_firstlineno and old.co_freevars == code.co_freevars
            if is_here and is_it and _columns(old) == _columns(code):
                yield function, code


def _columns(code: CodeType) -> object:
    """Tell two lambdas of one line apart, where Python can."""
    return getattr(code, "co_qualname", code.co_name) if code.co_name != "<lambda>" else code.co_firstlineno


def compile_unit(unit: Unit) -> CodeType:
    """Compile a unit as it is now, inside its classes, for their sake of names.

    Raises:
        NotSwappable: It does not compile.
    """
    node: ast.stmt = unit.node
    with _ticking(unit.node):
        return _compiled(unit, node)


@contextmanager
def _ticking(node: ast.AST) -> Iterator[None]:
    """Let every loop count its turns for as long as the block lasts."""
    loops = [found for found in ast.walk(node) if isinstance(found, (ast.For, ast.AsyncFor, ast.While))]
    for loop in loops:
        tick = ast.Expr(ast.Call(ast.Name(TICK, ast.Load()), [], []))
        place(tick, loop)
        loop.body.insert(0, tick)
    try:
        yield
    finally:
        for loop in loops:
            del loop.body[0]


def _compiled(unit: Unit, node: ast.stmt) -> CodeType:
    for owner in reversed(unit.classes):
        node = ast.copy_location(ast.ClassDef(owner.name, [], [], [node], []), owner)
        if "type_params" in ast.ClassDef._fields:
            node.__dict__["type_params"] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            flags = unit.file.future_flags
            code: CodeType = compile(ast.Module([node], []), unit.file.path, "exec", flags=flags, dont_inherit=True)
        except (SyntaxError, ValueError, TypeError, RecursionError, OverflowError) as error:
            raise NotSwappable from error
    return code


def _codes(code: CodeType) -> Iterator[CodeType]:
    for found in code.co_consts:
        if isinstance(found, CodeType):
            yield found
            yield from _codes(found)


@contextmanager
def swapped(swaps: List[Swap]) -> Iterator[None]:
    """Let the functions have other code for as long as the block lasts."""
    saved = [(function, function.__code__) for function, _ in swaps]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for function, code in swaps:
                function.__code__ = code
            yield
        finally:
            for function, old in saved:
                function.__code__ = old


def compile_file(candidate: Candidate) -> Optional[CodeType]:
    """Return the code of the candidate's whole file, or None when it is not valid Python."""
    file = candidate.unit.file
    with file.applied(candidate.edits), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            code: CodeType = compile(file.tree, file.path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, TypeError, RecursionError, OverflowError):
            return None
    return code
