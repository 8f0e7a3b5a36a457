"""A source file as a tree that can be edited and put back, and the units in which it is compiled."""

from __future__ import annotations

import ast
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Dict, Hashable, Iterator, List, Optional, Tuple, Union

from .tree import Function, Functions, is_text, key, place

Parent = Tuple[ast.AST, str]
Unitary = Union[Function, ast.stmt]


@dataclass
class Edit:
    """One change of a tree: `replace`, `before`, `after` or `delete` the node."""

    kind: str
    node: ast.AST
    new: Tuple[ast.AST, ...] = ()


@dataclass(eq=False)
class Unit:
    """What is compiled and exchanged as a whole: an outermost function, or a statement that runs at import."""

    file: SourceFile
    node: ast.stmt
    classes: Tuple[ast.ClassDef, ...] = ()

    @property
    def is_function(self) -> bool:
        """Whether its code can be exchanged while the program runs."""
        return isinstance(self.node, Functions)

    @property
    def symbol(self) -> str:
        """Qualified name, or an empty text at module level."""
        own = [self.node.name] if isinstance(self.node, (*Functions, ast.ClassDef)) else []
        return ".".join([owner.name for owner in self.classes] + own)

    @property
    def first_line(self) -> int:
        """The first line, decorators included."""
        decorators = getattr(self.node, "decorator_list", [])
        return int(min([self.node.lineno] + [decorator.lineno for decorator in decorators]))

    @property
    def last_line(self) -> int:
        """The last line."""
        return self.node.end_lineno or self.node.lineno


@dataclass(eq=False)
class Candidate:
    """A possible repair: one idea, made of one or two edits in one unit."""

    operator: str
    prior: float
    anchor: ast.AST
    edits: Tuple[Edit, ...]
    unit: Unit
    priority: float = 0.0
    normal: Hashable = field(default=None, repr=False)

    @property
    def line(self) -> int:
        """Where it acts."""
        return int(getattr(self.anchor, "lineno", 1))


class SourceFile:
    """A parsed file."""

    def __init__(self, path: str, text: str, root: str) -> None:
        self.path = os.path.realpath(path)
        self.relative = os.path.relpath(self.path, os.path.realpath(root)).replace(os.sep, "/")
        self.text = text
        self.tree = ast.parse(text)
        self.parents: Dict[ast.AST, Parent] = {}
        for parent in ast.walk(self.tree):
            for name, value in ast.iter_fields(parent):
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        self.parents[child] = (parent, name)
        self.units: List[Unit] = []
        self._collect(self.tree.body, ())
        self.functions = {node.name: node for node in self.tree.body if isinstance(node, Functions)}
        self.future_flags = _future_flags(self.tree)

    def _collect(self, body: List[ast.stmt], classes: Tuple[ast.ClassDef, ...]) -> None:
        for node in body:
            if isinstance(node, Functions):
                self.units.append(Unit(self, node, classes))
            elif isinstance(node, ast.ClassDef):
                self._collect(node.body, (*classes, node))
            elif isinstance(node, (ast.If, ast.Try, ast.With)):
                self._collect(node.body, classes)
                self._collect(getattr(node, "orelse", []), classes)
                self._collect(getattr(node, "finalbody", []), classes)
                for handler in getattr(node, "handlers", []):
                    self._collect(handler.body, classes)
            elif not is_text(node) and not isinstance(node, (ast.Import, ast.ImportFrom)):
                self.units.append(Unit(self, node, classes))

    def up(self, node: ast.AST) -> Optional[ast.AST]:
        """Return the parent."""
        found = self.parents.get(node)
        return found[0] if found else None

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """Return the innermost statement around a node."""
        current: ast.AST = node
        while not isinstance(current, ast.stmt):
            current = self.parents[current][0]
        return current

    @contextmanager
    def applied(self, edits: Tuple[Edit, ...]) -> Iterator[None]:
        """Make the edits for as long as the block lasts."""
        undo: List[Tuple[Any, str, Any]] = []
        try:
            for edit in edits:
                undo.append(self._apply(edit))
            yield
        finally:
            for owner, name, old in reversed(undo):
                if isinstance(old, list):
                    getattr(owner, name)[:] = old
                else:
                    setattr(owner, name, old)

    def _apply(self, edit: Edit) -> Tuple[Any, str, Any]:
        for new in edit.new:
            place(new, edit.node)
        parent, name = self.parents[edit.node]
        value = getattr(parent, name)
        if not isinstance(value, list):
            setattr(parent, name, edit.new[0])
            return parent, name, value
        old = list(value)
        index = next(position for position, item in enumerate(value) if item is edit.node)
        if edit.kind == "before":
            value[index:index] = edit.new
        elif edit.kind == "after":
            value[index + 1 : index + 1] = edit.new
        else:
            value[index : index + 1] = edit.new
        if not value and name == "body":
            filler = ast.Pass()
            place(filler, edit.node)
            value.append(filler)
        return parent, name, old


def statement_key(candidate: Candidate) -> Hashable:
    """Return the key of the statements around changed expressions, as they read now."""
    file = candidate.unit.file
    changed = {id(found): found for found in (file.statement_of(edit.node) for edit in candidate.edits)}
    return tuple((identity, key(_header(found))) for identity, found in changed.items())


def is_of_statements(candidate: Candidate) -> bool:
    """Return whether whole statements are added, dropped or replaced."""
    return any(edit.kind != "replace" or isinstance(edit.node, ast.stmt) for edit in candidate.edits)


def block_key(candidate: Candidate, known: Dict[int, Hashable]) -> Hashable:
    """Return the key of the changed blocks as they read now; `known` remembers keys of statements that stay."""
    file = candidate.unit.file
    blocks = dict.fromkeys((id(file.parents[edit.node][0]), *file.parents[edit.node]) for edit in candidate.edits)
    return tuple((owner, name, _of_block(getattr(parent, name), file, known)) for owner, parent, name in blocks)


def _of_block(block: List[ast.stmt], file: SourceFile, known: Dict[int, Hashable]) -> Hashable:
    keys: List[Hashable] = []
    for statement in block:
        if statement not in file.parents:
            keys.append(key(statement))
            continue
        if id(statement) not in known:
            known[id(statement)] = key(statement)
        keys.append(known[id(statement)])
    return tuple(keys)


def _header(statement: ast.stmt) -> List[Any]:
    return [
        value
        for name, value in ast.iter_fields(statement)
        if name not in ("body", "orelse", "finalbody", "handlers", "type_comment")
    ]


def _future_flags(tree: ast.Module) -> int:
    flags = 0
    module = sys.modules.get("__future__") or __import__("__future__")
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(module, alias.name).compiler_flag
    return flags
