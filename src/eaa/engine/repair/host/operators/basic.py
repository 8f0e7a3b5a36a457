"""Operators, operands, constants and names exchanged."""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterator, List, Tuple, Type

from ..site import Ideas, Site
from ..tree import binary, clone, clone_all, constant, key, name

ORDERS: List[Type[ast.cmpop]] = [ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq]
IDENTITIES: List[Type[ast.cmpop]] = [ast.Is, ast.IsNot, ast.Eq, ast.NotEq]
NEAR: Dict[type, Tuple[type, ...]] = {
    ast.Lt: (ast.LtE,), ast.LtE: (ast.Lt,), ast.Gt: (ast.GtE,), ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot, ast.Eq),
    ast.IsNot: (ast.Is, ast.NotEq), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
_MIRROR: Dict[type, type] = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
_TURNED: Tuple[type, ...] = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_KIN: Dict[type, Tuple[type, ...]] = {
    **dict.fromkeys(_TURNED, _TURNED),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
"""What people mix up: strictness and direction of an order, and opposites."""
ARITHMETIC: List[Type[ast.operator]] = [ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Div, ast.Mod, ast.Pow]
BITWISE: List[Type[ast.operator]] = [ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift]


def comparisons(site: Site) -> Ideas:
    """Another comparison operator, other sides, fewer parts."""
    node = site.node
    if not isinstance(node, ast.Compare):
        return
    for index, old in enumerate(node.ops):
        near = NEAR.get(type(old), ())
        kin = ORDERS if type(old) in ORDERS else IDENTITIES if type(old) in IDENTITIES else [ast.In, ast.NotIn]
        for new in kin:
            if new is not type(old):
                operators: List[ast.cmpop] = [*node.ops[:index], new(), *node.ops[index + 1 :]]
                changed = ast.Compare(clone(node.left), operators, clone_all(node.comparators))
                word = "comparison operator" if new in _KIN[type(old)] else "another comparison"
                is_turned = _MIRROR.get(type(old)) is new
                yield site.replace(word, 1.0 if new in near else 0.85 if is_turned else 0.7, changed)
    if len(node.ops) > 1:
        sides = [node.left, *node.comparators]
        for index, old in enumerate(node.ops):
            part = ast.Compare(clone(sides[index]), [old], [clone(sides[index + 1])])
            yield site.replace("comparison part dropped", 0.5, part)
        return
    swapped = ast.Compare(clone(node.comparators[0]), [node.ops[0]], [clone(node.left)])
    yield site.replace("comparison sides swapped", 0.4, swapped)
    if isinstance(node.comparators[0], ast.Constant) and isinstance(node.ops[0], (ast.Is, ast.IsNot)):
        left = clone(node.left)
        is_positive = isinstance(node.ops[0], ast.IsNot)
        yield site.replace("truth instead of identity", 0.4, left if is_positive else ast.UnaryOp(ast.Not(), left))


def arithmetic(site: Site) -> Ideas:
    """Another arithmetic operator, other operands, other grouping."""
    node = site.node
    if isinstance(node, ast.UnaryOp):
        yield site.replace("unary operator dropped", 0.75, clone(node.operand))
    if not isinstance(node, ast.BinOp):
        return
    kin = ARITHMETIC if type(node.op) in ARITHMETIC else BITWISE
    for new in ARITHMETIC + BITWISE:
        if new is not type(node.op):
            changed = binary(node.left, new, node.right)
            word = "arithmetic operator" if new in kin else "operator of another kind"
            yield site.replace(word, 0.85 if new in kin else 0.1, changed)
    prior = 0.1 if isinstance(node.op, ast.Mult) else 0.65
    yield site.replace("operands swapped", prior, binary(node.right, type(node.op), node.left))
    yield site.replace("operand dropped", 0.6, clone(node.left))
    yield site.replace("operand dropped", 0.6, clone(node.right))
    left, right = node.left, node.right
    if isinstance(left, ast.BinOp):
        inner = binary(left.right, type(node.op), right)
        yield site.replace("operators regrouped", 0.5, binary(left.left, type(left.op), inner))
    if isinstance(right, ast.BinOp):
        inner = binary(left, type(node.op), right.left)
        yield site.replace("operators regrouped", 0.5, binary(inner, type(right.op), right.right))


def connectives(site: Site) -> Ideas:
    """`and`, `or`, conditional expressions."""
    node = site.node
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield site.replace("boolean operator", 0.85, ast.BoolOp(other, clone_all(node.values)))
        for index in range(len(node.values)):
            rest = clone_all(node.values[:index] + node.values[index + 1 :])
            yield site.replace("condition dropped", 0.55, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
        if len(node.values) == 2:
            yield site.replace("conditions swapped", 0.4, ast.BoolOp(node.op, clone_all(node.values[::-1])))
    if isinstance(node, ast.IfExp):
        swapped = ast.IfExp(clone(node.test), clone(node.orelse), clone(node.body))
        yield site.replace("branches swapped", 0.6, swapped)
        yield site.replace("branch dropped", 0.4, clone(node.body))
        yield site.replace("branch dropped", 0.4, clone(node.orelse))


def constants(site: Site) -> Ideas:
    """Another literal: near ones first, then others of the function and the file."""
    node = site.node
    if not isinstance(node, ast.Constant) or isinstance(site.parent, (ast.JoinedStr, ast.FormattedValue)):
        return
    value = node.value
    for prior, new in _near_values(value):
        if new != value or type(new) is not type(value):
            yield site.replace("constant", prior, constant(new))
    if value is None:
        yield site.replace("constant", 0.3, ast.List([], ast.Load()))
    if isinstance(value, str):
        for owner in site.facts.enclosing(node):
            yield site.replace("name of the function", 0.3, constant(getattr(owner, "name", value)))
    for other in site.facts.constants.values():
        if type(other.value) is type(value) and other.value != value:
            yield site.replace("constant of the function", 0.5, clone(other))
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        for known in site.facts.library.constants:
            if type(known) is type(value) and known != value:
                yield site.replace("constant of the file", 0.3 if isinstance(value, str) else 0.15, constant(known))


def _near_values(value: Any) -> Iterator[Tuple[float, Any]]:
    if isinstance(value, bool):
        yield 0.8, not value
        yield 0.35, None
    elif isinstance(value, int):
        yield from ((0.8, value + 1), (0.8, value - 1), (0.55, 0), (0.55, 1), (0.5, -value), (0.3, 2))
        yield from ((0.25, value * 2), (0.2, 10), (0.25, value * 10), (0.25, value // 10), (0.2, value // 2))
    elif isinstance(value, float):
        for new in (value + 1, value - 1, -value, 0.0, value * 2, value / 2, value * 10, value / 10):
            yield 0.4, new
    elif isinstance(value, str):
        shapes = ("", " ", value.strip(), value + " ", " " + value, value.lower(), value.upper(), value[1:], value[:-1])
        for text in dict.fromkeys(shapes):
            yield 0.3, text
        for size in (1, 2):
            yield 0.35, value[size : len(value) - size]
    elif value is None:
        yield from ((0.3, 0), (0.3, False), (0.3, True), (0.3, ""))


def variables(site: Site) -> Ideas:
    """Another name in scope, or an attribute of `self`; for such an attribute a name."""
    node = site.node
    facts, functions = site.facts, site.file.functions
    is_own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    if is_own and site.is_value:
        for other in site.names:
            if other != "self":
                yield site.replace("variable", 0.5, name(other))
    if not isinstance(node, ast.Name):
        return
    if site.is_callee:
        for other in functions:
            if other != node.id:
                yield site.replace("another function", 0.3, name(other))
        return
    for other in site.names:
        if other != node.id:
            weight = facts.weight(site.kinds, facts.types.get(other), 1, 0.7, 0.3)
            yield site.replace("variable", (0.8 if site.is_read else 0.5) * weight, ast.Name(other, node.ctx))
    attributes = facts.library.data_attributes
    if "self" in site.names and node.id != "self" and site.is_value and len(attributes) < 30:
        for other in sorted(attributes):
            yield site.replace("variable", 0.45, ast.Attribute(name("self"), other, ast.Load()))
    if site.is_read:
        for other in facts.library.module_names:
            is_crowd = other in functions and len(functions) > 10
            if other != node.id and other not in site.names and not is_crowd:
                yield site.replace("name of the module", 0.3 if other.isupper() else 0.15, name(other))


def parts(site: Site) -> Ideas:
    """Another expression of the same function in this place."""
    node, facts = site.node, site.facts
    if not site.is_value or not site.is_used or not isinstance(node, ast.expr):
        return
    for part in facts.components.values():
        is_small = isinstance(part, (ast.Name, ast.Constant))
        if is_small and isinstance(node, (ast.Name, ast.Constant)):
            is_exchange = isinstance(part, ast.Constant) != isinstance(node, ast.Constant)
            if is_exchange and not (isinstance(part, ast.Name) and part.id not in site.names):
                weight = facts.weight(site.kinds, facts.kinds(part), 1, 0.6, 0.15)
                yield site.replace("variable or constant", 0.4 * weight, clone(part))
            continue
        is_truth = isinstance(part, (ast.Compare, ast.Name, ast.BoolOp)) or _is_not(part)
        is_odd = site.is_condition and not is_truth
        weight = 0.4 if is_odd else facts.weight(site.kinds, facts.kinds(part), 1, 0.7, 0.1)
        weight *= 1.0 if type(part) is type(node) else 0.8
        weight *= 1.0 if len(ast.dump(part)) < 300 else 0.75
        yield site.replace("expression of the function", 0.46 * weight, clone(part))


def file_parts(site: Site) -> Ideas:
    """An expression of another function of the file in this place."""
    node, facts = site.node, site.facts
    is_plain = not isinstance(node, ast.Constant) or node.value in (None, True, False)
    if not site.is_value or not site.is_used or not is_plain:
        return
    scope = set(site.names)
    for found in facts.library.expressions.values():
        if found.unit is site.unit or not found.free or not found.free <= scope:
            continue
        if site.is_condition != isinstance(found.node, (ast.Compare, ast.BoolOp)):
            continue
        is_sibling = bool(found.classes) and found.classes == site.unit.classes
        is_alike = type(found.node) is type(node) or isinstance(node, ast.Constant)
        prior = (0.3 if is_sibling else 0.2) * (1 if is_alike else 0.7)
        yield site.replace("expression of the file", prior, clone(found.node))


def _is_not(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def same(left: ast.AST, right: ast.AST) -> bool:
    """Return whether two trees read the same."""
    return key(left) == key(right)
