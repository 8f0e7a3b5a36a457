"""Conditions negated, extended, exchanged; filters added."""

from __future__ import annotations

import ast
from typing import Iterator, List, Tuple

from ..guess import CONTAINERS, NUMBERS, SEQUENCES
from ..site import Ideas, Site
from ..tree import call, clone, compare, constant, name, negation, size

Weighted = Tuple[ast.expr, float]


def atoms(site: Site) -> Iterator[Weighted]:
    """Yield (condition, weight) for simple conditions over the names in scope."""
    for known in site.facts.conditions.values():
        if size(known) < 14:
            yield known, 1.0
            yield negation(known), 0.5
    for identifier in site.names:
        yield from _of_one(site, identifier)
    for index, first in enumerate(site.names):
        for second in site.names[index + 1 :]:
            weight = site.facts.weight(site.facts.types.get(first), site.facts.types.get(second), 1, 0.4, 0.05)
            for operator in (ast.Eq, ast.NotEq, ast.Lt, ast.Gt, ast.LtE, ast.GtE):
                yield compare(name(first), operator, name(second)), 0.5 * weight
    for first in site.names:
        for second in site.names:
            if first != second and site.kinds_of(second) & CONTAINERS:
                yield compare(name(first), ast.In, name(second)), 0.6
                yield compare(name(first), ast.NotIn, name(second)), 0.6


def _of_one(site: Site, identifier: str) -> Iterator[Weighted]:
    held, value = site.kinds_of(identifier), name(identifier)
    yield value, 0.7
    yield negation(value), 0.8
    if not held or "NoneType" in held or not held <= NUMBERS | SEQUENCES:
        yield compare(value, ast.Is, constant(None)), 0.85
        yield compare(value, ast.IsNot, constant(None)), 0.7
    if not held or held & NUMBERS:
        for number in (0, 1):
            for operator in (ast.Eq, ast.Lt, ast.Gt, ast.LtE, ast.GtE):
                yield compare(value, operator, constant(number)), 0.5
    if held & SEQUENCES:
        for number in (0, 1):
            yield compare(call("len", value), ast.Eq, constant(number)), 0.4


def negations(site: Site) -> Ideas:
    """The opposite."""
    node = site.node
    if site.is_condition and isinstance(node, ast.expr):
        # The opposite of a comparison is another comparison, and likelier ones are tried as such.
        yield site.replace("condition negated", 0.6 if isinstance(node, ast.Compare) else 0.75, negation(node))
        yield site.replace("condition constant", 0.2, constant(value=True))
        yield site.replace("condition constant", 0.2, constant(value=False))


def extensions(site: Site) -> Ideas:
    """A further part, or another condition altogether."""
    node = site.node
    if not site.is_condition or not isinstance(node, ast.expr):
        return
    base = 0.6 if isinstance(site.parent, (ast.BoolOp, ast.UnaryOp)) else 1.0
    for atom, weight in atoms(site):
        for operator in (ast.And, ast.Or):
            after: List[ast.expr] = [clone(node), clone(atom)]
            before: List[ast.expr] = [clone(atom), clone(node)]
            yield site.replace("condition extended", 0.42 * weight * base, ast.BoolOp(operator(), after))
            yield site.replace("condition extended", 0.34 * weight * base, ast.BoolOp(operator(), before))
        yield site.replace("another condition", 0.38 * weight * base, clone(atom))


def filters(site: Site) -> Ideas:
    """A filter added to a comprehension."""
    node = site.node
    if not isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        return
    inner = Site(getattr(node, "elt", None) or node.__dict__["key"], site.facts)
    for atom, weight in atoms(inner):
        changed = clone(node)
        changed.generators[-1].ifs = [*changed.generators[-1].ifs, clone(atom)]
        yield site.replace("filter added", 0.3 * weight, changed)
