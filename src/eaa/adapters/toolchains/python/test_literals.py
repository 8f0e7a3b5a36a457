"""The literals that tests put in and expect back."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
Literal = tuple[str, str]
"""Type name and text of a value, so that 1, 1.0 and True differ."""

__test__ = False
_EQUALS = frozenset({"assertEqual", "assertEquals", "assertIs", "assertAlmostEqual", "assertListEqual"})


@dataclass(frozen=True, slots=True)
class Scope:
    """Inputs and expected values that belong together: one test, or one row of its parameters."""

    inputs: frozenset[Literal]
    expected: frozenset[Literal]


def test_scopes(tree: ast.Module) -> Iterator[Scope]:
    """Return what each test, and each row of a parametrized one, puts in and expects."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Scope(inputs=frozenset(_inputs(node)), expected=frozenset(_expected(node)))
            yield from row_scopes(node)


def row_scopes(function: Function) -> Iterator[Scope]:
    """Return the rows of a parametrized test: any value may be put in or expected."""
    return (Scope(inputs=row, expected=row) for row in _rows(function))


def parameter_rows(function: Function) -> list[str]:
    """Return the text of each row of a parametrized test, marks left out."""
    rows = []
    for node in _row_nodes(function):
        is_param = isinstance(node, ast.Call) and _name(node) == "param"
        plain = ast.Tuple(elts=node.args, ctx=ast.Load()) if isinstance(node, ast.Call) and is_param else node
        rows.append(ast.unparse(plain))
    return rows


def row_values(function: Function) -> Iterator[dict[str, ast.expr]]:
    """Return the rows of a parametrized test as values by the names of its parameters; one table at a time."""
    for decorator in function.decorator_list:
        if not (isinstance(decorator, ast.Call) and _name(decorator) == "parametrize" and len(decorator.args) > 1):
            continue
        names = _parameter_names(decorator.args[0])
        table = decorator.args[1]
        for row in table.elts if isinstance(table, ast.List | ast.Tuple) else []:
            is_param = isinstance(row, ast.Call) and _name(row) == "param"
            cells = row.args if isinstance(row, ast.Call) and is_param else [row]
            if len(names) > 1 and not is_param:
                cells = getattr(row, "elts", [])
            if len(cells) == len(names):
                yield dict(zip(names, cells, strict=True))


def literal_of(node: ast.expr | None) -> Literal | None:
    """Return a literal's type and text; None for what is no literal."""
    if node is None:
        return None
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return type(value).__name__, repr(value)


def is_trivial(literal: Literal) -> bool:
    """Return whether a value says nothing by itself: 0, 1, -1, None, True, False and everything empty."""
    return literal[1] in ("0", "1", "-1", "0.0", "1.0", "None", "True", "False", "''", "b''", "[]", "()", "{}")


def _inputs(function: ast.AST) -> Iterator[Literal]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and _name(node) not in _EQUALS:
            for part in (*node.args, *(keyword.value for keyword in node.keywords)):
                if (literal := literal_of(part)) is not None:
                    yield literal


def _expected(function: ast.AST) -> Iterator[Literal]:
    for node in ast.walk(function):
        sides: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and (_name(node) in _EQUALS or _name(node) == "approx"):
            sides = node.args[:2]
        elif isinstance(node, ast.Assert):
            # `assert f(x)` expects a true value, `assert not f(x)` a false one.
            yield "bool", str(not isinstance(node.test, ast.UnaryOp))
        yield from (literal for side in sides if (literal := literal_of(side)) is not None)


def _rows(function: Function) -> Iterator[frozenset[Literal]]:
    for row in _row_nodes(function):
        cells = row.args if isinstance(row, ast.Call) else getattr(row, "elts", [row])
        yield frozenset(literal for cell in cells if (literal := literal_of(cell)) is not None)


def _parameter_names(node: ast.expr) -> list[str]:
    try:
        said = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return []
    parts = said.split(",") if isinstance(said, str) else said
    return [part.strip() for part in parts if isinstance(part, str)] if isinstance(parts, list | tuple) else []


def _row_nodes(function: Function) -> Iterator[ast.expr]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and _name(decorator) == "parametrize" and len(decorator.args) > 1:
            table = decorator.args[1]
            yield from table.elts if isinstance(table, ast.List | ast.Tuple) else []


def _name(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
