"""Canonical, cheap forms: what a person would have written instead of what an operator put together."""

from __future__ import annotations

import ast
from typing import Dict, Optional, Type, Union

from .tree import key, size

_OPPOSITES: Dict[Type[ast.cmpop], Type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
}  # fmt: skip
_MIRRORED: Dict[Type[ast.cmpop], Type[ast.cmpop]] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_IDEMPOTENT = frozenset({"list", "set", "sorted", "tuple", "int", "str", "abs", "bool", "float"})
_SWALLOWS = {
    "sorted": {"list", "tuple"},
    "list": {"tuple"},
    "set": {"list", "tuple", "sorted"},
    "len": {"list", "tuple"},
}


class _Tidy(ast.NodeTransformer):
    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        inner = node.operand
        if isinstance(node.op, ast.Not):
            if isinstance(inner, ast.Compare) and len(inner.ops) == 1:
                return ast.Compare(inner.left, [_OPPOSITES[type(inner.ops[0])]()], inner.comparators)
            if isinstance(inner, ast.Constant) and isinstance(inner.value, bool):
                return ast.Constant(not inner.value)
        if isinstance(node.op, ast.USub) and isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.USub):
            return inner.operand
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, (ast.Add, ast.Sub)):
            return _tidy_sum(node)
        right = number_of(node.right)
        is_one = right is not None and right == 1 and isinstance(right, int)
        if is_one and isinstance(node.op, (ast.Mult, ast.Pow)):
            return node.left
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        distinct = list({key(value): value for value in node.values}.values())
        return distinct[0] if len(distinct) == 1 else ast.BoolOp(node.op, distinct)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        is_bound = isinstance(node.func, ast.Name) and node.func.id in ("min", "max") and not node.keywords
        if is_bound and len(node.args) == 2 and key(node.args[0]) == key(node.args[1]):
            return node.args[0]
        inner = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if isinstance(node.func, ast.Name) and isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            outer, name = node.func.id, inner.func.id
            if len(inner.args) == 1 and not inner.keywords:
                if outer == name and outer in _IDEMPOTENT:
                    return inner
                if name in _SWALLOWS.get(outer, ()):
                    node.args = inner.args
        return node


def _tidy_sum(node: ast.BinOp) -> ast.expr:
    left, right = number_of(node.left), number_of(node.right)
    if right is None:
        return node
    amount = right if isinstance(node.op, ast.Add) else -right
    if left is not None:
        return _literal(left + amount)
    inner = node.left
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, (ast.Add, ast.Sub)):
        known = number_of(inner.right)
        if known is not None:
            amount += known if isinstance(inner.op, ast.Add) else -known
            inner = inner.left
    if amount == 0 and isinstance(amount, int):
        return inner
    return ast.BinOp(inner, ast.Add() if amount > 0 else ast.Sub(), ast.Constant(abs(amount)))


def number_of(node: ast.AST) -> Optional[Union[int, float]]:
    """Return the number that a literal, perhaps a negative one, stands for."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number_of(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return node.value
    return None


def _literal(value: float) -> ast.expr:
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def tidy(node: ast.AST) -> ast.AST:
    """Return the tree in its plain form; the given one may be changed."""
    result: ast.AST = _Tidy().visit(node)
    return result


class _Canonical(_Tidy):
    """Further rewritings that serve comparison only: `a > b` is `b < a`, `len(x) == 0` is `not x`."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if len(node.ops) != 1:
            return node
        operator, left, right = node.ops[0], node.left, node.comparators[0]
        if type(operator) in _MIRRORED:
            return ast.Compare(right, [_MIRRORED[type(operator)]()], [left])
        if isinstance(operator, (ast.Eq, ast.NotEq)) and repr(key(right)) < repr(key(left)):
            return ast.Compare(right, [operator], [left])
        return node


def canonical(node: ast.AST) -> ast.AST:
    """Return a form that equal meanings often share; the given tree may be changed."""
    result: ast.AST = _Canonical().visit(node)
    return result


def plainness(new: ast.AST, old: ast.AST) -> float:
    """Return a factor up to 1 that prefers short code and code without detours."""
    extra = max(0, size(new) - size(old))
    factor: float = 0.985**extra
    for node in ast.walk(new):
        if _is_detour(node):
            factor *= 0.8
    for node in ast.walk(old):
        if _is_detour(node):
            factor /= 0.8
    return min(1.0, factor)


def _is_detour(node: ast.AST) -> bool:
    """`len(a[1:])`, `int(x + 0.5)`, `x / 1`, `[x][0]`, `a[1:][0]`, `x if True else y` and the like."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        inner = node.args[0]
        if node.func.id == "len":
            return isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Slice)
        if node.func.id == "int":
            return isinstance(inner, ast.BinOp) and any(isinstance(number_of(x), float) for x in ast.walk(inner))
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod)):
        return number_of(node.right) == 1 or key(node.left) == key(node.right)
    if isinstance(node, ast.BinOp) and not isinstance(node.op, (ast.Add, ast.Mult)):
        return key(node.left) == key(node.right)
    if isinstance(node, ast.Compare):
        return key(node.left) == key(node.comparators[0])
    if isinstance(node, ast.Subscript):
        is_cut_twice = isinstance(node.value, ast.Subscript) and isinstance(node.value.slice, ast.Slice)
        return is_cut_twice or isinstance(node.value, ast.List)
    if isinstance(node, (ast.IfExp, ast.If, ast.While)) and isinstance(node.test, ast.Constant):
        return not isinstance(node, ast.While)
    return isinstance(node, ast.Expr) and not isinstance(
        node.value, (ast.Call, ast.Yield, ast.YieldFrom, ast.Await, ast.Constant)
    )
