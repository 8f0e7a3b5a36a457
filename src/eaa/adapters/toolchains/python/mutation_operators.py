"""What can be changed about one piece of Python so that it behaves differently."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from eaa.adapters.toolchains.python.source_text import SourceText
from eaa.adapters.toolchains.python.symbols import last_name

_COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}
_ORDER_BLIND = frozenset({"min", "max", "isinstance", "issubclass", "hasattr", "getattr", "cast", "isclose", "gcd"})
_LARGEST_NUMBER = 2**50
_COMMENT = re.compile(rb"#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Edit:
    """Other bytes for a part of a file."""

    start: int
    """Offset of the first byte replaced."""
    end: int
    """Offset after the last one."""
    replacement: bytes
    description: str
    """Such as `< became <=`."""


def edits_of(text: SourceText, node: ast.AST) -> Iterator[Edit]:
    """Return the changes of one node itself, not of the nodes below it."""
    if isinstance(node, ast.Compare | ast.BinOp | ast.BoolOp | ast.AugAssign):
        yield from _operators(text, node)
    elif isinstance(node, ast.UnaryOp):
        yield from _signs(text, node)
    elif isinstance(node, ast.Constant):
        yield from _constants(text, node)
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield from _conditions(text, node.test)
    elif isinstance(node, ast.Slice):
        yield from _bounds(text, node)
    elif isinstance(node, ast.Call):
        yield from _arguments(text, node)
    if isinstance(node, ast.stmt):
        yield from _statements(text, node)


def _operators(text: SourceText, node: ast.Compare | ast.BinOp | ast.BoolOp | ast.AugAssign) -> Iterator[Edit]:
    if isinstance(node, ast.Compare):
        for (left, right), operator in zip(pairwise([node.left, *node.comparators]), node.ops, strict=True):
            yield from _between(text, left, right, *_COMPARISONS[type(operator)])
    elif isinstance(node, ast.BoolOp):
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in pairwise(node.values):
            yield from _between(text, left, right, *words)
    elif type(node.op) in _ARITHMETIC:
        old, new = _ARITHMETIC[type(node.op)]
        if isinstance(node, ast.AugAssign):
            yield from _between(text, node.target, node.value, f"{old}=", f"{new}=")
        elif not _is_text(node.left) and not _is_text(node.right):
            yield from _between(text, node.left, node.right, old, new)


def _between(text: SourceText, left: ast.expr, right: ast.expr, old: str, new: str) -> Iterator[Edit]:
    """Return the change of an operator between two operands. Brackets and comments there stay."""
    first = text.end(left)
    gap = _COMMENT.sub(lambda found: b" " * len(found[0]), text.content[first : text.start(right)])
    pattern = rb"[\s\\]+".join(re.escape(word.encode()) for word in old.split())
    found = re.search(pattern, gap)
    if found:
        yield Edit(first + found.start(), first + found.end(), new.encode(), f"{old} became {new}")


def _is_text(node: ast.expr) -> bool:
    is_constant = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    return is_constant or isinstance(node, ast.JoinedStr)


def _signs(text: SourceText, node: ast.UnaryOp) -> Iterator[Edit]:
    start = text.start(node)
    if isinstance(node.op, ast.Not):
        found = re.compile(rb"not\s*").match(text.content, start)
        assert found is not None
        yield Edit(start, found.end(), b"", "not was removed")
    elif isinstance(node.op, ast.USub | ast.Invert) and not _is_zero(node.operand):
        yield Edit(start, start + 1, b"", f"unary {text.content[start : start + 1].decode()} was removed")


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _constants(text: SourceText, node: ast.Constant) -> Iterator[Edit]:
    value = node.value
    new: object = None
    if isinstance(value, bool):
        new = not value
    elif isinstance(value, int | float) and abs(value) < _LARGEST_NUMBER:
        new = value + 1
    elif isinstance(value, str):
        new = "" if value else "x"
    elif isinstance(value, bytes):
        new = b"" if value else b"x"
    if new is not None:
        replacement = repr(new) if not isinstance(new, str) else f'"{new}"'
        yield _replacement(text, node, replacement)


def _replacement(text: SourceText, node: ast.expr | ast.stmt, new: str) -> Edit:
    return Edit(text.start(node), text.end(node), new.encode(), f"{_short(text, node)} became {new}")


def _short(text: SourceText, node: ast.expr | ast.stmt) -> str:
    line = " ".join(text.text(node).decode().split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def _conditions(text: SourceText, test: ast.expr) -> Iterator[Edit]:
    is_not = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    if not (is_not or _has_twin(test) or isinstance(test, ast.Constant)):
        replacement = b"(not (" + text.text(test) + b"))"
        yield Edit(text.start(test), text.end(test), replacement, f"condition {_short(text, test)} was negated")


def _has_twin(test: ast.expr) -> bool:
    """Return whether changing the comparison already negates the condition."""
    twins = ast.Eq | ast.NotEq | ast.In | ast.NotIn | ast.Is | ast.IsNot
    return isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], twins)


def _bounds(text: SourceText, node: ast.Slice) -> Iterator[Edit]:
    for bound, is_lower in ((node.lower, True), (node.upper, False)):
        if bound is not None and not _is_none(bound) and not (is_lower and _is_zero(bound)):
            edit = _replacement(text, bound, "None")
            yield Edit(edit.start, edit.end, edit.replacement, f"slice bound {_short(text, bound)} was removed")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _arguments(text: SourceText, node: ast.Call) -> Iterator[Edit]:
    if len(node.args) != 2 or last_name(node.func) in _ORDER_BLIND:
        return
    one, other = node.args
    if not any(isinstance(part, ast.Starred) for part in node.args) and ast.dump(one) != ast.dump(other):
        between = text.content[text.end(one) : text.start(other)]
        swapped = text.text(other) + between + text.text(one)
        yield Edit(
            text.start(one), text.end(other), swapped, f"arguments {_short(text, one)}, {_short(text, other)} swapped"
        )


def _statements(text: SourceText, node: ast.stmt) -> Iterator[Edit]:
    if isinstance(node, ast.Return) and node.value is not None and not _says_nothing(node.value):
        yield Edit(
            text.start(node.value), text.end(node.value), b"None", f"return {_short(text, node.value)} became None"
        )
    elif isinstance(node, ast.Break):
        yield _replacement(text, node, "continue")
    elif isinstance(node, ast.Continue):
        yield _replacement(text, node, "break")
    elif isinstance(node, ast.AugAssign) or _is_deed(node):
        yield Edit(text.start(node), text.end(node), b"pass", f"{_short(text, node)} was removed")


def _says_nothing(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


def _is_deed(node: ast.stmt) -> bool:
    """Return whether a statement only calls something, or raises an error that is not about unwritten code."""
    if isinstance(node, ast.Raise):
        return "NotImplementedError" not in ast.unparse(node)
    if not isinstance(node, ast.Expr):
        return False
    value = node.value.value if isinstance(node.value, ast.Await) else node.value
    return isinstance(value, ast.Call)
