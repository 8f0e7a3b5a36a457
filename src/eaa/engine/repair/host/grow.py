"""Grows expressions from the bottom up over recorded values; of those that always agree only the smallest is kept."""

from __future__ import annotations

import ast
import time
from typing import Any, Callable, Dict, Hashable, Iterator, List, NamedTuple, Optional, Tuple, Type

from .tree import binary, call, clone, compare, constant, cut, method, negation, size, subscript

Scene = Dict[str, Any]
"""Local names and what they held."""

_NUMBERS = (int, float)
_MOST = 6_000


class Grown(NamedTuple):
    """An expression and its value in every scene."""

    node: ast.expr
    values: Tuple[Any, ...]


Unary = Tuple[Callable[[Any], Any], Callable[[ast.expr], ast.expr]]
Binary = Tuple[Callable[[Any, Any], Any], Callable[[ast.expr, ast.expr], ast.expr]]


def _infix(operator: Type[ast.operator]) -> Callable[[ast.expr, ast.expr], ast.expr]:
    return lambda left, right: binary(left, operator, right)


def _ordered(operator: Type[ast.cmpop]) -> Callable[[ast.expr, ast.expr], ast.expr]:
    return lambda left, right: compare(left, operator, right)


def _called(function: str) -> Callable[..., ast.expr]:
    return lambda *arguments: call(function, *arguments)


_OF_NUMBERS: List[Unary] = [(abs, _called("abs")), (lambda x: -x, lambda x: ast.UnaryOp(ast.USub(), clone(x)))]
_OF_SEQUENCES: List[Unary] = [
    (len, _called("len")),
    (lambda x: x[0], lambda x: subscript(x, constant(0))),
    (lambda x: x[-1], lambda x: subscript(x, constant(-1))),
    (lambda x: x[::-1], lambda x: subscript(x, cut(None, None, constant(-1)))),
    (lambda x: x[1:], lambda x: subscript(x, cut(constant(1), None))),
    (lambda x: x[:-1], lambda x: subscript(x, cut(None, constant(-1)))),
    (sum, _called("sum")),
    (max, _called("max")),
    (min, _called("min")),
    (sorted, _called("sorted")),
    (lambda x: len(set(x)), lambda x: call("len", call("set", x))),
]
_OF_TEXTS: List[Unary] = [
    (len, _called("len")),
    (lambda x: x[0], lambda x: subscript(x, constant(0))),
    (lambda x: x[-1], lambda x: subscript(x, constant(-1))),
    (lambda x: x[::-1], lambda x: subscript(x, cut(None, None, constant(-1)))),
    (lambda x: x.lower(), lambda x: method(x, "lower")),
    (lambda x: x.upper(), lambda x: method(x, "upper")),
    (lambda x: x.strip(), lambda x: method(x, "strip")),
    (lambda x: x.isdigit(), lambda x: method(x, "isdigit")),
    (lambda x: x.isalpha(), lambda x: method(x, "isalpha")),
    (lambda x: x.isupper(), lambda x: method(x, "isupper")),
    (lambda x: x.isspace(), lambda x: method(x, "isspace")),
]
_BETWEEN_NUMBERS: List[Binary] = [
    (lambda x, y: x + y, _infix(ast.Add)),
    (lambda x, y: x - y, _infix(ast.Sub)),
    (lambda x, y: x * y if abs(x) < 1e9 and abs(y) < 1e9 else None, _infix(ast.Mult)),
    (lambda x, y: x % y, _infix(ast.Mod)),
    (lambda x, y: x // y, _infix(ast.FloorDiv)),
    (lambda x, y: x / y, _infix(ast.Div)),
    (max, _called("max")),
    (min, _called("min")),
]
_INTO: List[Binary] = [
    (lambda x, y: x[y], lambda x, y: subscript(x, y)),
    (lambda x, y: x[y:], lambda x, y: subscript(x, cut(y, None))),
    (lambda x, y: x[:y], lambda x, y: subscript(x, cut(None, y))),
]
_JOINED: List[Binary] = [(lambda x, y: x + y, _infix(ast.Add))]
_COMPARISONS: List[Binary] = [
    (lambda x, y: x == y, _ordered(ast.Eq)),
    (lambda x, y: x != y, _ordered(ast.NotEq)),
    (lambda x, y: x < y, _ordered(ast.Lt)),
    (lambda x, y: x <= y, _ordered(ast.LtE)),
    (lambda x, y: x > y, _ordered(ast.Gt)),
    (lambda x, y: x >= y, _ordered(ast.GtE)),
]
_MEMBERSHIP: List[Binary] = [
    (lambda x, y: x in y, _ordered(ast.In)),
    (lambda x, y: x not in y, _ordered(ast.NotIn)),
]


class Garden:
    """Everything grown over some scenes."""

    def __init__(self, scenes: List[Scene], seeds: List[ast.expr], known: Scene, *, until: float) -> None:
        """Start from names in every scene and from `seeds`, evaluated with the module's names `known`."""
        self._until = until
        self._seen: Dict[Hashable, Grown] = {}
        self.first: List[Grown] = []
        names = [name for name in scenes[0] if all(name in scene for scene in scenes)] if scenes else []
        for identifier in names:
            node = ast.Name(identifier, ast.Load())
            self._keep(self.first, node, tuple(scene[identifier] for scene in scenes))
        for seed in seeds:
            values = _evaluated(seed, scenes, known)
            if values is not None:
                self._keep(self.first, seed, values)
        self.first.sort(key=lambda grown: size(grown.node))
        self.second: List[Grown] = []

    def grow(self) -> None:
        """Apply functions to what is there, then operators to pairs."""
        for grown in list(self.first):
            for function, make in _unary_for(grown.values[0]):
                self._apply(self.second, function, make, grown)
        for left in list(self.first):
            for right in list(self.first):
                if time.monotonic() > self._until or len(self._seen) > _MOST:
                    return
                if isinstance(left.node, ast.Constant) and isinstance(right.node, ast.Constant):
                    continue
                for operator, join in _binary_for(left.values[0], right.values[0]):
                    self._apply(self.second, operator, join, left, right)

    def truths(self) -> Iterator[Tuple[ast.expr, Tuple[bool, ...]]]:
        """Yield conditions with their truth in every scene, smaller ones first."""
        every = [*self.first, *self.second]
        for grown in every:
            truth = _truth(grown.values)
            if truth is not None:
                yield grown.node, truth
                yield negation(grown.node), tuple(not value for value in truth)
        simple = [grown for grown in every if size(grown.node) <= 7]
        for left in simple:
            for right in self.first:
                if time.monotonic() > self._until:
                    return
                if isinstance(left.node, ast.Constant):
                    continue
                for operator, join in _comparisons_for(left.values[0], right.values[0]):
                    values = _applied(operator, left.values, right.values)
                    if values is not None:
                        yield join(left.node, right.node), tuple(bool(value) for value in values)

    def _apply(self, into: List[Grown], function: Any, make: Any, *operands: Grown) -> None:
        values = _applied(function, *[operand.values for operand in operands])
        if values is not None:
            self._keep(into, None, values, lambda: make(*[operand.node for operand in operands]))

    def _keep(
        self,
        into: List[Grown],
        node: Optional[ast.expr],
        values: Tuple[Any, ...],
        make: Callable[[], Optional[ast.expr]] = lambda: None,
    ) -> None:
        identity = frozen(values)
        if identity is None or identity in self._seen:
            return
        made = node if node is not None else make()
        if made is not None:
            grown = self._seen[identity] = Grown(made, values)
            into.append(grown)


def frozen(values: Any) -> Hashable:
    """Return a key that equal values of equal types share, or None when there is none."""
    if isinstance(values, (int, float, str, bytes, type(None))):
        return (type(values), values)
    if isinstance(values, (list, tuple)):
        return (type(values), tuple([frozen(value) for value in values]))
    if isinstance(values, (set, frozenset, dict)):
        return (type(values), repr(sorted(map(repr, values.items() if isinstance(values, dict) else values))))
    return (type(values), id(values))


def _evaluated(seed: ast.expr, scenes: List[Scene], known: Scene) -> Optional[Tuple[Any, ...]]:
    try:
        expression = ast.fix_missing_locations(ast.Expression(clone(seed)))
        code = compile(expression, "seed", "eval", dont_inherit=True)
        return tuple(eval(code, known, dict(scene)) for scene in scenes)
    except Exception:
        return None


def _applied(function: Any, *columns: Tuple[Any, ...]) -> Optional[Tuple[Any, ...]]:
    try:
        values = tuple(function(*row) for row in zip(*columns))
    except Exception:
        return None
    return None if any(value is None for value in values) else values


def _truth(values: Tuple[Any, ...]) -> Optional[Tuple[bool, ...]]:
    try:
        return tuple(bool(value) for value in values)
    except Exception:
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


def _unary_for(value: Any) -> List[Unary]:
    if isinstance(value, str):
        return _OF_TEXTS
    if isinstance(value, (list, tuple)):
        return _OF_SEQUENCES
    return _OF_NUMBERS if _is_number(value) else [(len, _called("len"))] if isinstance(value, (set, dict)) else []


def _binary_for(left: Any, right: Any) -> List[Binary]:
    if _is_number(left) and _is_number(right):
        return _BETWEEN_NUMBERS
    if isinstance(left, (list, tuple, str)) and _is_number(right):
        return _INTO
    if isinstance(left, (list, str)) and type(left) is type(right):
        return _JOINED
    return [(lambda x, y: x[y], lambda x, y: subscript(x, y))] if isinstance(left, dict) else []


def _comparisons_for(left: Any, right: Any) -> List[Binary]:
    found: List[Binary] = []
    if _is_number(left) and _is_number(right):
        found += _COMPARISONS
    elif type(left) is type(right):
        found += _COMPARISONS[:2] if not isinstance(left, str) else _COMPARISONS
    if isinstance(right, (list, tuple, set, dict)) or (isinstance(left, str) and isinstance(right, str)):
        found += _MEMBERSHIP
    return found
