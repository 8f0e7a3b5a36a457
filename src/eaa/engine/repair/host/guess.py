"""Cheap guesses of types, from syntax and from what names held while the tests ran."""

from __future__ import annotations

import ast
from typing import Dict, Mapping, Optional, Set

NUMBERS = frozenset({"int", "float", "bool", "complex"})
SEQUENCES = frozenset({"list", "tuple", "str", "bytes", "deque", "range"})
CONTAINERS = frozenset({"set", "list", "dict", "tuple", "str", "defaultdict", "deque", "frozenset"})

_BY_SYNTAX: Dict[type, str] = {
    ast.Compare: "bool",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Tuple: "tuple",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.JoinedStr: "str",
    ast.GeneratorExp: "generator",
}
_BY_CALL: Dict[str, str] = dict.fromkeys(("len", "int", "ord", "round"), "int")
_BY_CALL.update({name: name for name in ("str", "list", "set", "tuple", "dict", "float", "bool", "range", "enumerate")})
_BY_CALL.update({"sorted": "list", "any": "bool", "all": "bool", "isinstance": "bool"})
_BY_METHOD: Dict[str, str] = dict.fromkeys(
    ("strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "replace", "join", "format", "zfill"), "str"
)
_BY_METHOD.update(dict.fromkeys(("split", "rsplit", "splitlines", "findall"), "list"))
_BY_METHOD.update(dict.fromkeys(("isdigit", "isalpha", "isalnum", "startswith", "endswith", "issubset"), "bool"))
_BY_METHOD.update(dict.fromkeys(("find", "rfind", "count", "bit_length"), "int"))


def guess_types(node: ast.AST, known: Mapping[str, Set[str]]) -> Optional[Set[str]]:
    """Return the type names an expression can have; None when nothing is known."""
    if isinstance(node, ast.Constant):
        return {type(node.value).__name__}
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if node.__class__ in _BY_SYNTAX:
        return {_BY_SYNTAX[node.__class__]}
    if isinstance(node, ast.UnaryOp):
        return {"bool"} if isinstance(node.op, ast.Not) else guess_types(node.operand, known)
    if isinstance(node, ast.Call):
        found = _BY_CALL.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if isinstance(node.func, ast.Attribute):
            found = _BY_METHOD.get(node.func.attr)
        return {found} if found else None
    if isinstance(node, ast.BinOp):
        return _of_arithmetic(node, known)
    if isinstance(node, ast.Subscript):
        whole = guess_types(node.value, known)
        return whole if isinstance(node.slice, ast.Slice) or whole == {"str"} else None
    if isinstance(node, ast.BoolOp):
        parts = [guess_types(value, known) for value in node.values]
        return None if any(part is None for part in parts) else {name for part in parts if part for name in part}
    return None


def _of_arithmetic(node: ast.BinOp, known: Mapping[str, Set[str]]) -> Optional[Set[str]]:
    left, right = guess_types(node.left, known), guess_types(node.right, known)
    if left and right and left <= NUMBERS and right <= NUMBERS:
        return {"float"} if isinstance(node.op, ast.Div) else {"int"}
    if isinstance(node.op, ast.Mult) and left and right:
        return (left | right) & {"list", "str", "tuple"} or {"int"}
    if isinstance(node.op, (ast.Sub, ast.FloorDiv)) and not (left or right):
        return {"int"}
    return left or right


def fit(wanted: Optional[Set[str]], given: Optional[Set[str]]) -> Optional[bool]:
    """Return whether two sets of types can be the same thing; None when unknown."""
    if wanted is None or given is None:
        return None
    if wanted & given:
        return True
    if wanted <= NUMBERS | {"NoneType"} and given & NUMBERS and wanted & NUMBERS:
        return True
    if wanted == {"NoneType"} or given == {"NoneType"}:
        return None
    return False
