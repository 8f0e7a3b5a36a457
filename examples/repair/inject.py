"""Puts faults into the programs of the catalogue by machine, so that there are as many as anyone wants to measure."""

import ast
import copy
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

_COMPARISONS: list[type[ast.cmpop]] = [ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq]
_ARITHMETIC: list[type[ast.operator]] = [ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod]

Program = dict[str, Any]
Change = Callable[[], object]
"""Makes one change in the tree it was made for."""


def injected(programs: list[tuple[str, Program]], *, seed: int) -> Iterator[tuple[str, Program, str, str]]:
    """Yield (name, program, name of the fault, faulty source) without end, program by program in a shuffled order."""
    chooser = random.Random(seed)
    while True:
        for name, program in chooser.sample(programs, len(programs)):
            tree = ast.parse(str(program["source"]))
            kinds = _by_kind(tree)
            kind = chooser.choice(sorted(kinds))
            index = chooser.randrange(len(kinds[kind]))
            faulty = copy.deepcopy(tree)
            _by_kind(faulty)[kind][index]()
            yield name, program, f"{kind}-{index}", ast.unparse(ast.fix_missing_locations(faulty)) + "\n"


def plain(program: Program) -> str:
    """Return a program's source in the form that injected sources have."""
    return ast.unparse(ast.parse(str(program["source"]))) + "\n"


def _by_kind(tree: ast.Module) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = sorted({node.id for node in ast.walk(function) if isinstance(node, ast.Name)})
            for node in ast.walk(function):
                for kind, change in (*_of_expression(node, names), *_of_blocks(node)):
                    found.setdefault(kind, []).append(change)
    return found


def _of_expression(node: ast.AST, names: list[str]) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARISONS:
            for comparison in _COMPARISONS:
                if comparison is not type(operator):
                    yield "comparison", partial(node.ops.__setitem__, 0, comparison())
        case ast.BinOp(op=arithmetic) if type(arithmetic) in _ARITHMETIC:
            for sort in _ARITHMETIC:
                if sort is not type(arithmetic):
                    yield "arithmetic", partial(setattr, node, "op", sort())
        case ast.BoolOp():
            yield "connective", partial(setattr, node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
            for value in node.values:
                yield "missing-condition", partial(setattr, node, "values", [value, value])
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            yield "constant", partial(setattr, node, "value", number + 1)
            yield "constant", partial(setattr, node, "value", number - 1)
        case ast.Name(ctx=ast.Load()):
            for name in names:
                if name != node.id:
                    yield "variable", partial(setattr, node, "id", name)
        case ast.Call(args=[first, second, *_]):
            yield "swapped", partial(node.args.__setitem__, slice(0, 2), [second, first])
    yield from _of_children(node)


def _of_children(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """A call, a `not`, a minus forgotten around a value."""
    for field, value in ast.iter_fields(node):
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            inner: ast.expr | None = None
            match child:
                case ast.Call(func=ast.Name(), args=[only], keywords=[]):
                    inner = only
                case ast.Call(func=ast.Attribute(value=owner), args=[], keywords=[]):
                    inner = owner
                case ast.UnaryOp(operand=operand):
                    inner = operand
            if inner is not None and not isinstance(node, ast.Expr):
                is_listed = isinstance(value, list)
                yield (
                    "missing-call",
                    partial(value.__setitem__, index, inner) if is_listed else partial(setattr, node, field, inner),
                )


def _of_blocks(node: ast.AST) -> Iterator[tuple[str, Change]]:
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        for index, statement in enumerate(block if isinstance(block, list) else []):
            here = partial(block.__setitem__, slice(index, index + 1))
            if isinstance(statement, ast.If):
                yield "missing-guard", partial(here, statement.body)
            is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if len(block) > 1 and not is_text and not isinstance(statement, ast.FunctionDef | ast.ClassDef):
                yield "missing-statement", partial(here, [])
