"""A place in a unit for which repairs are thought up."""

from __future__ import annotations

import ast
from typing import Callable, Iterator, List, NamedTuple, Set, Union

from .facts import Facts
from .source import Candidate, Edit, Unit
from .tree import Comprehensions, Functions


class Later(NamedTuple):
    """Ideas that are had only when their turn comes."""

    best: float
    """The highest prior among them."""
    family: Callable[[], Iterator[Union[Candidate, Later]]]
    anchor: ast.AST
    unit: Unit


Ideas = Iterator[Union[Candidate, Later]]
Family = Callable[["Site"], Ideas]


class Site:
    """An expression or statement with everything an operator asks about it."""

    def __init__(self, node: Union[ast.expr, ast.stmt], facts: Facts) -> None:
        self.node, self.facts, self.file, self.unit = node, facts, facts.file, facts.unit
        self.parent, self.field = self.file.parents[node]
        self.names: List[str] = facts.scope(node)
        self.kinds = facts.kinds(node)
        self.is_condition = facts.is_condition(node)
        self.is_callee = self.field == "func" and isinstance(self.parent, ast.Call)
        self.is_read = isinstance(getattr(node, "ctx", None), (ast.Load, type(None)))

    def replace(self, operator: str, prior: float, *new: ast.AST) -> Candidate:
        """Return the idea of putting something in the node's place."""
        return self.idea(operator, prior, Edit("replace", self.node, new))

    def idea(self, operator: str, prior: float, *edits: Edit) -> Candidate:
        """Return an idea anchored at the node."""
        return Candidate(operator, prior, self.node, edits, self.unit)

    def kinds_of(self, identifier: str) -> Set[str]:
        """Return the type names a local name has held, an empty set when unknown."""
        return self.facts.types.get(identifier) or set()

    @property
    def is_in_loop(self) -> bool:
        """Whether `break` and `continue` are allowed here."""
        current = self.file.up(self.node)
        while current is not None and not isinstance(current, (*Functions, ast.Lambda, *Comprehensions)):
            if isinstance(current, (ast.For, ast.AsyncFor, ast.While)):
                return True
            current = self.file.up(current)
        return False

    @property
    def is_value(self) -> bool:
        """Whether the node is an ordinary value that is read, which most wrapping operators need."""
        if not self.is_read or self.is_callee or isinstance(self.node, (ast.Slice, ast.Starred)):
            return False
        is_module = isinstance(self.node, ast.Name) and self.node.id not in self.names
        return not (is_module and isinstance(self.parent, ast.Attribute))

    @property
    def is_used(self) -> bool:
        """Whether something is done with the node's value."""
        return not isinstance(self.parent, ast.Expr)
