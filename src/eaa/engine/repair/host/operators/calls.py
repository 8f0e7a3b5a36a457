"""Calls and attributes: another function of the same family, other arguments."""

from __future__ import annotations

import ast
import itertools
from typing import Dict, List

from ..facts import callee
from ..site import Ideas, Site
from ..tree import call, clone, clone_all, constant, expression, name, subscript

_FAMILIES = (
    "any all", "min max", "list set tuple sorted frozenset", "int float str round abs bool",
    "append extend add insert", "add update remove discard", "pop popleft", "append appendleft", "sum len max min",
    "range enumerate reversed sorted", "lower upper title capitalize swapcase", "strip lstrip rstrip",
    "startswith endswith", "isdigit isalpha isalnum isnumeric", "islower isupper", "index find rfind rindex count",
    "floor ceil", "keys values items", "split rsplit splitlines", "zip zip_longest",
    "issubset issuperset isdisjoint", "union intersection difference symmetric_difference",
    "heappush heappop heappushpop heapreplace", "get pop setdefault", "partition rpartition", "ljust rjust center",
    "combinations permutations product combinations_with_replacement", "bisect bisect_left bisect_right",
)  # fmt: skip
_KEYS = (
    ("lambda item: item[1]", 0.4), ("lambda item: item[0]", 0.36), ("len", 0.36), ("lambda item: -item[1]", 0.3),
    ("lambda item: (-item[1], item[0])", 0.32), ("str.lower", 0.28), ("lambda item: (len(item), item)", 0.26),
    ("abs", 0.25), ("lambda item: -item", 0.25),
)  # fmt: skip

_MOST_EXCHANGED = 6
"""Names in an expression."""


def _siblings() -> Dict[str, List[str]]:
    found: Dict[str, List[str]] = {}
    for family in _FAMILIES:
        members = family.split()
        for member in members:
            known = found.setdefault(member, [])
            known += [other for other in members if other != member and other not in known]
    return found


SIBLINGS = _siblings()


def siblings(site: Site) -> Ideas:
    """A function or method of the same family."""
    node = site.node
    if isinstance(node, ast.Name) and site.is_read:
        for other in SIBLINGS.get(node.id, []):
            yield site.replace("sibling function", 0.8, name(other))
    elif isinstance(node, ast.Attribute):
        for other in SIBLINGS.get(node.attr, []):
            yield site.replace("sibling method", 0.7, ast.Attribute(clone(node.value), other, node.ctx))


def attributes(site: Site) -> Ideas:
    """Another attribute that the file uses, one fewer, one more."""
    node, library = site.node, site.facts.library
    if isinstance(node, ast.Attribute):
        pool = library.methods if site.is_callee else library.data_attributes
        for other in sorted(pool - {node.attr}):
            new = ast.Attribute(clone(node.value), other, node.ctx)
            yield site.replace("attribute", 0.7 if len(pool) < 12 else 0.35, new)
        if site.is_read and not site.is_callee:
            yield site.replace("attribute dropped", 0.35, clone(node.value))
    is_owner = isinstance(node, (ast.Name, ast.Attribute)) and site.is_value and not site.is_condition
    if is_owner and isinstance(node, ast.expr) and len(library.data_attributes) < 12:
        for other in sorted(library.data_attributes):
            yield site.replace("attribute added", 0.25, ast.Attribute(clone(node), other, ast.Load()))


def arguments(site: Site) -> Ideas:
    """Arguments swapped, dropped, added; the call dropped."""
    node = site.node
    if not isinstance(node, ast.Call):
        return
    given = node.args
    for first in range(len(given)):
        for second in range(first + 1, len(given)):
            swapped = clone_all(given)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            yield site.replace("arguments swapped", 0.75, _with(node, swapped))
    for index in range(len(given)):
        yield site.replace("argument dropped", 0.35, _with(node, given[:index] + given[index + 1 :]))
        if not isinstance(given[index], ast.Starred):
            yield site.replace("call dropped", 0.45, clone(given[index]))
    if isinstance(node.func, ast.Attribute):
        yield site.replace("call dropped", 0.4, clone(node.func.value))
    for other in site.names:
        yield site.replace("argument added", 0.3, _with(node, [*given, name(other)]))
    for value in (0, 1, 2, -1):
        yield site.replace("argument added", 0.25, _with(node, [*given, constant(value)]))


def exchanges(site: Site) -> Ideas:
    """Two names in each other's places throughout an expression, as when arguments of nested calls are mixed up."""
    node = site.node
    if not isinstance(node, ast.expr) or not isinstance(site.parent, (ast.stmt, ast.keyword)) or not site.is_value:
        return
    read = {found.id for found in ast.walk(node) if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Load)}
    here = [identifier for identifier in site.names if identifier in read]
    if len(here) <= _MOST_EXCHANGED:
        for one, other in itertools.combinations(here, 2):
            yield site.replace("names exchanged", 0.5, _exchanged(node, one, other))


def _exchanged(node: ast.expr, one: str, other: str) -> ast.expr:
    changed = clone(node)
    for found in ast.walk(changed):
        if isinstance(found, ast.Name) and found.id in (one, other):
            found.id = other if found.id == one else one
    return changed


def keywords(site: Site) -> Ideas:
    """Keyword arguments dropped and added, as elsewhere in the file or as the signature says."""
    node = site.node
    if not isinstance(node, ast.Call):
        return
    for index in range(len(node.keywords)):
        rest = node.keywords[:index] + node.keywords[index + 1 :]
        yield site.replace("keyword dropped", 0.3, ast.Call(clone(node.func), clone_all(node.args), clone_all(rest)))
    called, library = callee(node), site.facts.library
    present = {keyword.arg for keyword in node.keywords}
    for keyword in library.keywords.get(called, {}).values():
        known = isinstance(keyword.value, ast.Constant) or set(_names(keyword.value)) <= set(site.names)
        if keyword.arg not in present and known:
            yield site.replace("keyword added", 0.5, _plus(node, keyword))
    for parameter, default in library.defaults.get(called, []):
        if parameter in present:
            continue
        if parameter in site.names:
            yield site.replace("keyword added", 0.5, _plus(node, ast.keyword(parameter, name(parameter))))
        if isinstance(default, ast.Constant) and isinstance(default.value, bool):
            yield site.replace("keyword added", 0.5, _plus(node, ast.keyword(parameter, constant(not default.value))))
    if isinstance(node.func, ast.Name) and node.func.id in ("min", "max") and len(node.args) == 1:
        yield site.replace("keyword added", 0.3, _plus(node, ast.keyword("default", constant(0))))
    if called in ("sorted", "sort") and "reverse" not in present:
        yield site.replace("keyword added", 0.34, _plus(node, ast.keyword("reverse", constant(value=True))))
    if called in ("sorted", "sort", "min", "max") and "key" not in present and len(node.args) <= 1:
        for text, prior in _KEYS:
            yield site.replace("keyword added", prior, _plus(node, ast.keyword("key", expression(text))))


def sort_keys(site: Site) -> Ideas:
    """The key of an order made finer, or turned round."""
    node, parent = site.node, site.parent
    if not isinstance(parent, ast.Lambda) or site.field != "body" or not isinstance(node, ast.expr):
        return
    keyword = site.file.up(parent)
    if not (isinstance(keyword, ast.keyword) and keyword.arg == "key" and parent.args.args):
        return
    item = name(parent.args.args[0].arg)
    parts = [*node.elts] if isinstance(node, ast.Tuple) else [node]
    for index, part in enumerate(parts):
        turned = [*parts[:index], ast.UnaryOp(ast.USub(), part), *parts[index + 1 :]]
        yield site.replace("key turned round", 0.45, _one_or_tuple(turned))
    finer = [item, *(subscript(item, constant(index)) for index in (0, 1, 2)), call("len", item)]
    for extra in finer:
        yield site.replace("key made finer", 0.42, _one_or_tuple([*parts, extra]))
        yield site.replace("key made finer", 0.36, _one_or_tuple([extra, *parts]))
        yield site.replace("key made finer", 0.32, _one_or_tuple([*parts, ast.UnaryOp(ast.USub(), extra)]))


def _one_or_tuple(parts: List[ast.expr]) -> ast.expr:
    return clone(parts[0]) if len(parts) == 1 else ast.Tuple(clone_all(parts), ast.Load())


def recursion(site: Site) -> Ideas:
    """The result of the function itself, or of a sibling with one parameter, in place of a value."""
    node = site.node
    if not isinstance(node, (ast.Name, ast.Subscript, ast.Attribute)) or not site.is_value:
        return
    around = [found for found in site.facts.enclosing(node) if isinstance(found, ast.FunctionDef)]
    for function in [*around, *site.file.functions.values()]:
        if len(function.args.args) == 1:
            # A function that already calls itself forgot it here; others rarely want to begin with it.
            calls = {callee(found) for found in ast.walk(function) if isinstance(found, ast.Call)}
            is_own = function in around and function.name not in calls
            yield site.replace("recursive call", 0.25 if is_own else 0.4, call(function.name, node))


def yields(site: Site) -> Ideas:
    """`yield` and `yield from` exchanged."""
    node = site.node
    if isinstance(node, ast.Yield) and node.value is not None:
        yield site.replace("yield from", 0.6, ast.YieldFrom(clone(node.value)))
        for function in site.facts.enclosing(node):
            if isinstance(function, ast.FunctionDef) and len(function.args.args) == 1:
                yield site.replace("yield from", 0.4, ast.YieldFrom(call(function.name, node.value)))
    elif isinstance(node, ast.YieldFrom):
        yield site.replace("yield", 0.6, ast.Yield(clone(node.value)))
        if isinstance(node.value, ast.Call):
            for argument in node.value.args:
                yield site.replace("yield", 0.5, ast.Yield(clone(argument)))


def _with(node: ast.Call, given: List[ast.expr]) -> ast.Call:
    return ast.Call(clone(node.func), clone_all(given), clone_all(node.keywords))


def _plus(node: ast.Call, keyword: ast.keyword) -> ast.Call:
    return ast.Call(clone(node.func), clone_all(node.args), [*clone_all(node.keywords), clone(keyword)])


def _names(node: ast.expr) -> List[str]:
    return [node.id] if isinstance(node, ast.Name) else []
