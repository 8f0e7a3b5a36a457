"""Calls that tests make with literal arguments, and calls that lie near them."""

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.adapters.toolchains.python.test_literals import Function, row_values

LONGEST_CALL = 200
"""Characters of the arguments; longer calls are left out."""

Call = tuple[str, str]
"""Function name and the source of its arguments, without the brackets."""
_Change = Callable[[float], float]


def common_functions(before: bytes, after: bytes) -> frozenset[str]:
    """Return the public top-level functions that both texts have with one signature."""
    return frozenset(name for name, _ in _signatures(before).items() & _signatures(after).items())


def literal_calls(functions: Collection[str], tests: Sequence[bytes]) -> Iterator[Call]:
    """Return the calls of some functions with literal arguments; the rows of parametrized tests are filled in."""
    for source in tests:
        tree = parse_quietly(source)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) in functions and _is_literal(node):
                yield _called(node), _arguments(node)
            elif isinstance(node, ast.FunctionDef):
                yield from _filled_in(node, functions)


def variations_of(call: Call) -> Iterator[str]:
    """Return the arguments with one literal at a time replaced by neighbours of it."""
    node = parsed(call)
    for index, argument in enumerate(node.args):
        for neighbour in _neighbours(ast.literal_eval(argument)):
            yield _with_argument(node, index, neighbour)


def siblings_of(call: Call) -> Iterator[str]:
    """Return arguments of the same sort: what honest code treats as it treats the call's own.

    One argument at a time, and all numbers together: moved and scaled, so that what is equal, sorted or in proportion
    stays so.
    """
    node = parsed(call)
    values = [ast.literal_eval(argument) for argument in node.args]
    together: tuple[_Change, ...] = (lambda number: number + 1, lambda number: number * 2, lambda number: number - 1)
    for change in together:
        moved = [_mapped(value, change) for value in values]
        if moved != values:
            yield _arguments(ast.Call(func=node.func, args=[_node(value) for value in moved], keywords=node.keywords))
    for index, value in enumerate(values):
        for sibling in _siblings(value):
            yield _with_argument(node, index, sibling)


def parsed(call: Call) -> ast.Call:
    """Return the call as a tree."""
    node = ast.parse(f"{call[0]}({call[1]})", mode="eval").body
    assert isinstance(node, ast.Call)
    return node


def _signatures(source: bytes) -> dict[str, str]:
    return {
        node.name: ast.unparse(node.args)
        for node in parse_quietly(source).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def _filled_in(test: Function, functions: Collection[str]) -> Iterator[Call]:
    for row in row_values(test):
        for node in ast.walk(test):
            if isinstance(node, ast.Call) and _called(node) in functions and not _is_literal(node):
                filled = ast.Call(
                    func=node.func,
                    args=[_filled(part, row) for part in node.args],
                    keywords=[ast.keyword(arg=word.arg, value=_filled(word.value, row)) for word in node.keywords],
                )
                if _is_literal(filled):
                    yield _called(filled), _arguments(filled)


def _filled(node: ast.expr, row: Mapping[str, ast.expr]) -> ast.expr:
    return row.get(node.id, node) if isinstance(node, ast.Name) else node


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _is_literal(node: ast.Call) -> bool:
    parts = [*node.args, *(keyword.value for keyword in node.keywords)]
    return all(keyword.arg for keyword in node.keywords) and all(_literal(part) for part in parts)


def _literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _arguments(node: ast.Call) -> str:
    return ast.unparse(ast.Call(func=ast.Name(id="", ctx=ast.Load()), args=node.args, keywords=node.keywords))[1:-1]


def _with_argument(node: ast.Call, index: int, value: object) -> str:
    parts = [*node.args[:index], _node(value), *node.args[index + 1 :]]
    return _arguments(ast.Call(func=node.func, args=parts, keywords=node.keywords))


def _node(value: object) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body


def _neighbours(value: object) -> tuple[object, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int | float):
        return (value + 1, value - 1, 0, -value)
    if isinstance(value, str):
        return ("", value + value, value[1:])
    if isinstance(value, list):
        return (value[:0], value[1:], value[::-1], value + value)
    if isinstance(value, tuple):
        return (value[:0], value[1:], value[::-1], value + value)
    return ()


def _siblings(value: object) -> Iterator[object]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        yield from (value + 1, value - 1, value * 2, value // 2, value + 10, value + 100, value * 10, value * value)
        yield from (-value, *range(2, 13))
    elif isinstance(value, float):
        yield from (value + 1, value - 1, value * 2, value / 2, value * 10, value + 0.25)
    elif isinstance(value, str | bytes):
        yield from _sibling_texts(value) if isinstance(value, str) else ()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from _sibling_rows(value)
    elif isinstance(value, dict) and value:
        first = next(iter(value))
        for other in _siblings(value[first]):
            yield {**value, first: other}
        yield {key: value[key] for key in list(value)[1:]}


def _sibling_texts(value: str) -> Iterator[str]:
    if not value:
        return
    next_letter = {ord("z"): "a", ord("Z"): "A", ord("9"): "0"}
    turned = [next_letter.get(ord(sign), chr(ord(sign) + 1)) if sign.isalnum() else sign for sign in value]
    yield "".join(turned)
    yield from (value[:index] + turned[index] + value[index + 1 :] for index in dict.fromkeys((0, len(value) - 1)))
    yield from (value + value, value[1:], value[:-1], value.swapcase(), value[::-1], f"{value}a", f"a{value}")


def _sibling_rows(value: Collection[object]) -> Iterator[object]:
    kind, parts = type(value), list(value)
    for index in dict.fromkeys((0, len(parts) - 1)) if parts else ():
        for other in _siblings(parts[index]):
            if not isinstance(other, list | dict | set) or kind in (list, tuple):
                yield kind([*parts[:index], other, *parts[index + 1 :]])  # type: ignore[call-arg]
    yield from (kind(parts[1:]), kind(parts[::-1]), kind([*parts, *parts]))  # type: ignore[call-arg]


def _mapped(value: object, change: _Change) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return change(value)
    if isinstance(value, list | tuple):
        return type(value)(_mapped(part, change) for part in value)
    return value
