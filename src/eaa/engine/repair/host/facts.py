"""What is known about a unit before it is changed: names in scope, types seen, parts that can be used again."""

from __future__ import annotations

import ast
import builtins
from typing import Dict, FrozenSet, Hashable, Iterable, List, NamedTuple, Optional, Set, Tuple

from .guess import NUMBERS, fit, guess_types
from .source import SourceFile, Unit
from .tree import Comprehensions, Functions, clone, is_text, key, names_in, parameters, read, size

Types = Dict[str, Set[str]]


class Ingredient(NamedTuple):
    """Code elsewhere in the file that could be used here."""

    node: ast.AST
    free: FrozenSet[str]
    classes: Tuple[ast.ClassDef, ...]
    unit: Unit


class Library:
    """What the rest of a file offers. Built once a file."""

    def __init__(self, file: SourceFile, wanted: Iterable[str] = ()) -> None:
        """Take in a file.

        Args:
            file: The file.
            wanted: Names of built-in exceptions that tests expect to be raised.
        """
        self.file = file
        self.raisings: List[ast.Raise] = []
        """Ways to refuse something: those of the file, and the exceptions that tests expect."""
        for identifier in wanted:
            self.raisings.append(ast.Raise(ast.Name(identifier, ast.Load()), None))
        self.expressions: Dict[Hashable, Ingredient] = {}
        self.statements: Dict[Hashable, Ingredient] = {}
        self.guards: Dict[Hashable, Ingredient] = {}
        """Conditions with one plain statement below them."""
        self.keywords: Dict[str, Dict[Hashable, ast.keyword]] = {}
        self.defaults: Dict[str, List[Tuple[str, Optional[ast.expr]]]] = {}
        self.module_names = sorted(_module_names(file.tree))
        self.data_attributes: Set[str] = set()
        self.methods: Set[str] = set()
        self.constants: List[object] = []
        self._known = set(self.module_names) | set(dir(builtins))
        for node in ast.walk(file.tree):
            self._take_anywhere(node)
        for unit in file.units:
            for node in ast.walk(unit.node):
                self._take_in_unit(node, unit)

    def _take_anywhere(self, node: ast.AST) -> None:
        if isinstance(node, ast.Attribute):
            parent, name = self.file.parents[node]
            (self.methods if isinstance(parent, ast.Call) and name == "func" else self.data_attributes).add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, (str, int)):
            is_new = all(node.value != value or type(node.value) is not type(value) for value in self.constants)
            if is_new and len(repr(node.value)) < 20 and len(self.constants) < 60:
                self.constants.append(node.value)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and len(self.raisings) < 8:
            self._take_raising(node, node.exc)
        elif isinstance(node, Functions):
            arguments = node.args
            late = arguments.args[len(arguments.args) - len(arguments.defaults) :]
            pairs: List[Tuple[str, Optional[ast.expr]]] = [(a.arg, v) for a, v in zip(late, arguments.defaults)]
            pairs += [(a.arg, v) for a, v in zip(arguments.kwonlyargs, arguments.kw_defaults)]
            self.defaults.setdefault(node.name, pairs)

    def _take_raising(self, node: ast.Raise, made: ast.Call) -> None:
        """Prefer the file's own way to raise an exception, when its words need no local names."""
        if not set(names_in(made)) <= set(dir(builtins)) or node.cause is not None:
            return
        plain = [known for known in self.raisings if key(known.exc) != key(made.func)]
        self.raisings = plain if any(key(known) == key(node) for known in plain) else [node, *plain]

    def _take_in_unit(self, node: ast.AST, unit: Unit) -> None:
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.Return, ast.Raise)) and not is_text(node):
            if size(node) <= 30:
                self.statements.setdefault(key(node), self._ingredient(node, unit))
        elif isinstance(node, ast.If) and _is_guard(node):
            self.guards.setdefault(key(node), self._ingredient(node, unit))
        elif isinstance(node, (ast.Subscript, ast.Call, ast.BinOp, ast.Compare, ast.Attribute, ast.BoolOp)):
            parent, name = self.file.parents[node]
            is_callee = isinstance(parent, ast.Call) and name == "func"
            if 2 < size(node) <= 14 and not is_callee:
                self.expressions.setdefault(key(node), self._ingredient(read(node), unit))
        if isinstance(node, ast.Call) and node.keywords:
            for keyword in node.keywords:
                if keyword.arg and isinstance(keyword.value, (ast.Constant, ast.Name)):
                    self.keywords.setdefault(callee(node), {})[key(keyword)] = keyword

    def _ingredient(self, node: ast.AST, unit: Unit) -> Ingredient:
        return Ingredient(node, frozenset(set(names_in(node)) - self._known), unit.classes, unit)


class Facts:
    """What is known about one unit."""

    def __init__(self, unit: Unit, library: Library, types: Types) -> None:
        self.unit, self.file, self.library, self.types = unit, unit.file, library, types
        self.components: Dict[Hashable, ast.expr] = {}
        self.conditions: Dict[Hashable, ast.expr] = {}
        self.returns: Dict[Hashable, ast.expr] = {}
        self.constants: Dict[str, ast.Constant] = {}
        self.statements: List[ast.stmt] = []
        self.parameters = parameters(unit.node) if isinstance(unit.node, Functions) else []
        self.changing = {
            node.id for node in ast.walk(unit.node) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        self._scopes: Dict[Tuple[int, ...], List[str]] = {}
        for node in ast.walk(unit.node):
            self._take(node)

    def _take(self, node: ast.AST) -> None:
        if isinstance(node, ast.expr) and self.is_code(node):
            if isinstance(node, ast.Constant):
                self.constants.setdefault(repr(node.value), node)
            if isinstance(node, (ast.Slice, ast.Starred, ast.JoinedStr, ast.FormattedValue)) or size(node) > 24:
                return
            copy = read(node)
            self.components.setdefault(key(copy), copy)
            if isinstance(node, ast.Compare) or self.is_condition(node):
                self.conditions.setdefault(key(copy), copy)
        elif isinstance(node, ast.Return) and node.value is not None and size(node) < 25:
            self.returns.setdefault(key(node.value), node.value)
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)) and not is_text(node) and size(node) < 30:
            self.statements.append(node)

    def is_code(self, node: ast.AST) -> bool:
        """Return whether a node is neither text, nor part of an annotation."""
        current = node
        while current is not self.unit.node:
            parent, name = self.file.parents[current]
            if is_text(parent) or name in ("annotation", "returns"):
                return False
            current = parent
        return True

    def is_condition(self, node: ast.AST) -> bool:
        """Return whether only the truth of an expression matters."""
        parent, name = self.file.parents.get(node, (None, ""))
        if name == "test" and isinstance(parent, (ast.If, ast.While, ast.IfExp)):
            return True
        return name == "ifs" or isinstance(parent, ast.BoolOp) or _is_not(parent)

    def enclosing(self, node: ast.AST) -> List[ast.AST]:
        """Return the functions and comprehensions around a node inside the unit, innermost first."""
        found: List[ast.AST] = []
        current: Optional[ast.AST] = node
        while current is not None:
            if isinstance(current, (*Functions, ast.Lambda, *Comprehensions)):
                found.append(current)
            if current is self.unit.node:
                break
            current = self.file.up(current)
        return found

    def scope(self, node: ast.AST) -> List[str]:
        """Return the local names that can be read at a node, nearest first."""
        around = self.enclosing(node)
        identity = tuple(id(item) for item in around)
        if identity not in self._scopes:
            names = [identifier for item in around for identifier in _own_names(item)]
            self._scopes[identity] = [found for found in dict.fromkeys(names) if found != "_"]
        return self._scopes[identity]

    def kinds(self, node: ast.AST) -> Optional[Set[str]]:
        """Guess the type names a node can have; None when unknown."""
        return guess_types(node, self.types)

    def fits(self, node: ast.AST, names: Iterable[str]) -> Optional[bool]:
        """Return whether a node can have one of the types; None when unknown."""
        return fit(self.kinds(node), set(names))

    def weight(
        self, wanted: Optional[Set[str]], given: Optional[Set[str]], yes: float = 1.0, unknown: float = 0.55,
        no: float = 0.12,
    ) -> float:  # fmt: skip
        """Return a factor for how well types fit."""
        answer = fit(wanted, given)
        return unknown if answer is None else yes if answer else no

    def is_number(self, identifier: str) -> bool:
        """Return whether a name has held a number, or is unknown."""
        known = self.types.get(identifier)
        return not known or bool(known & NUMBERS)


def callee(node: ast.Call) -> str:
    """Return the last name of what is called."""
    function = node.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _is_guard(node: ast.If) -> bool:
    is_single = len(node.body) == 1 and not node.orelse
    return is_single and isinstance(node.body[0], (ast.Assign, ast.Return, ast.Raise)) and size(node) <= 50


def _is_not(node: Optional[ast.AST]) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _own_names(node: ast.AST) -> List[str]:
    if isinstance(node, Comprehensions):
        return [found for generator in node.generators for found in names_in(generator.target)]
    found = parameters(node) if isinstance(node, (*Functions, ast.Lambda)) else []
    body = getattr(node, "body", [])
    pending: List[ast.AST] = list(body) if isinstance(body, list) else [body]
    while pending:
        current = pending.pop(0)
        if isinstance(current, (*Functions, ast.Lambda, ast.ClassDef, *Comprehensions)):
            continue
        if isinstance(current, ast.Name) and isinstance(current.ctx, ast.Store):
            found.append(current.id)
        pending += list(ast.iter_child_nodes(current))
    return found


def _module_names(tree: ast.Module) -> Set[str]:
    found: Set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Try, ast.If)):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    found.add(inner.id)
        if isinstance(node, (*Functions, ast.ClassDef)):
            found.add(node.name)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return found


def copies(nodes: Iterable[ast.expr]) -> List[ast.expr]:
    """Return copies of expressions."""
    return [clone(node) for node in nodes]
