"""Small tools for syntax trees: copies, keys, makers, places."""

from __future__ import annotations

import ast
from typing import Any, Dict, Hashable, List, Optional, Sequence, Tuple, Type, TypeVar, Union

NodeT = TypeVar("NodeT", bound=ast.AST)
Functions = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
Comprehensions = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)

_IGNORED_FIELDS = ("type_comment", "kind", "ctx")
_fields: Dict[type, Tuple[str, ...]] = {}


def clone(node: NodeT) -> NodeT:
    """Return a deep copy, places included."""
    new = node.__class__.__new__(node.__class__)
    for name, value in node.__dict__.items():
        new.__dict__[name] = _clone_value(value)
    return new


def clone_all(nodes: Sequence[NodeT]) -> List[NodeT]:
    """Return deep copies."""
    return [clone(node) for node in nodes]


def _clone_value(value: Any) -> Any:
    if isinstance(value, ast.AST):
        return clone(value)
    if isinstance(value, list):
        return [_clone_value(item) for item in value]
    return value


def key(value: object) -> Hashable:
    """Return what two trees share exactly when they read the same; places and load/store do not count."""
    if isinstance(value, ast.AST):
        kind = value.__class__
        names = _fields.get(kind)
        if names is None:
            names = _fields[kind] = tuple(name for name in kind._fields if name not in _IGNORED_FIELDS)
        return (kind, *[key(value.__dict__.get(name)) for name in names])
    if isinstance(value, list):
        return tuple([key(item) for item in value])
    return (value.__class__, value)


def size(node: ast.AST) -> int:
    """Return the number of nodes."""
    return sum(1 for _ in ast.walk(node))


def name(identifier: str) -> ast.Name:
    """Return a name that is read."""
    return ast.Name(identifier, ast.Load())


def constant(value: Any) -> ast.expr:
    """Return a literal; a negative number as Python itself would parse it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def expression(source: str) -> ast.expr:
    """Parse an expression."""
    return ast.parse(source, mode="eval").body


def statement(source: str) -> ast.stmt:
    """Parse one statement."""
    return ast.parse(source).body[0]


def binary(left: ast.expr, operator: Type[ast.operator], right: ast.expr) -> ast.BinOp:
    """Return `left operator right`, made of copies."""
    return ast.BinOp(clone(left), operator(), clone(right))


def compare(left: ast.expr, operator: Type[ast.cmpop], right: ast.expr) -> ast.Compare:
    """Return a comparison of two, made of copies."""
    return ast.Compare(clone(left), [operator()], [clone(right)])


def negation(node: ast.expr) -> ast.UnaryOp:
    """Return `not node`, made of a copy."""
    return ast.UnaryOp(ast.Not(), clone(node))


def call(function: Union[str, ast.expr], *arguments: ast.expr) -> ast.Call:
    """Return a call, made of copies."""
    target = name(function) if isinstance(function, str) else clone(function)
    return ast.Call(target, clone_all(arguments), [])


def method(owner: ast.expr, attribute: str, *arguments: ast.expr) -> ast.Call:
    """Return `owner.attribute(arguments)`, made of copies."""
    return ast.Call(ast.Attribute(clone(owner), attribute, ast.Load()), clone_all(arguments), [])


def subscript(value: ast.expr, index: ast.expr) -> ast.Subscript:
    """Return `value[index]` that is read, made of copies."""
    return ast.Subscript(clone(value), clone(index), ast.Load())


def cut(lower: Optional[ast.expr], upper: Optional[ast.expr], step: Optional[ast.expr] = None) -> ast.Slice:
    """Return a slice, made of copies."""
    return ast.Slice(*[None if part is None else clone(part) for part in (lower, upper, step)])


def read(node: NodeT) -> NodeT:
    """Return a copy in which everything is read, nothing stored."""
    copy = clone(node)
    for inner in ast.walk(copy):
        if hasattr(inner, "ctx"):
            inner.ctx = ast.Load()
    return copy


def stored(node: NodeT) -> NodeT:
    """Return a copy whose outermost node is stored to."""
    copy = read(node)
    copy.__dict__["ctx"] = ast.Store()
    return copy


def place(node: ast.AST, like: ast.AST) -> None:
    """Give every node of a new tree the place of an old node, so that line numbers stay what they were."""
    line, column = getattr(like, "lineno", 1), getattr(like, "col_offset", 0)
    for inner in ast.walk(node):
        if isinstance(inner, (ast.expr, ast.stmt, ast.excepthandler, ast.arg, ast.keyword, ast.alias)):
            inner.lineno = inner.end_lineno = line
            inner.col_offset = inner.end_col_offset = column


def names_in(node: ast.AST) -> List[str]:
    """Return the identifiers of all names, in order, repeated ones included."""
    return [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]


def parameters(function: Union[Function, ast.Lambda]) -> List[str]:
    """Return the names of all parameters."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
    return [argument.arg for argument in every]


def is_text(node: ast.AST) -> bool:
    """Return whether a statement is a docstring or the like."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
