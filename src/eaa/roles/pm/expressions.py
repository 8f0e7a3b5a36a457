"""Expressions inside of free text. Written for Python's syntax, the one language of the first toolchain."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_CHARACTERS = 1_000
"""Longer expressions are not read out of text."""
_MOST_FAILURES = 20

_CALL = re.compile(r"(?<![\w.])(?:await )?[A-Za-z_][\w.]{0,200}\(")
_CHAIN = re.compile(r"\.[A-Za-z_]\w{0,100}(?=[(\[.\W]|$)")
_NUMBER = re.compile(r"[-+]?(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?j?(?![\w%])")
_STRING = re.compile(r"(?:[rRbBuU]{1,2})?(?:\"(?:[^\"\\\n]|\\.){0,900}\"|'(?:[^'\\\n]|\\.){0,900}')")
_CURLY = re.compile(r"“([^”\n]{0,500})”|‘([^’\n]{0,500})’")
_NAME = re.compile(r"[A-Za-z_][\w.]{0,200}")
_WORD_VALUES = {
    "true": "True", "false": "False", "none": "None", "null": "None", "nothing": "None",
}  # fmt: skip
_NAMED_VALUES = re.compile(
    r"(?:an? |the )?empty (list|string|str|dict|dictionary|tuple|set)\b|(zero|one|infinity)\b", re.IGNORECASE
)
_EMPTY = {
    "list": "[]", "string": '""', "str": '""', "dict": "{}", "dictionary": "{}", "tuple": "()", "set": "set()",
    "zero": "0", "one": "1", "infinity": 'float("inf")',
}  # fmt: skip
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text, and the expression it holds."""

    source: str
    start: int
    end: int


def parse(source: str) -> ast.expr | None:
    """Return the expression, or None when it is none."""
    if len(source) > MOST_CHARACTERS:
        return None
    try:
        return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def is_statement(source: str) -> bool:
    """Return whether some text is an import or an assignment: what may stand before an example."""
    if len(source) > MOST_CHARACTERS:
        return False
    try:
        body = ast.parse(source.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(body) and all(
        isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign) for node in body
    )


def has_call(node: ast.expr) -> bool:
    """Return whether an expression calls, or computes, anything; a literal says nothing about the code."""
    return any(isinstance(part, ast.Call) for part in ast.walk(node))


def comparison(source: str) -> tuple[str, str] | None:
    """Return both sides of `left == right` (or of `left is None` and the like), the left one calling something."""
    text = source.strip()
    node = parse(text)
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.Is):
        return None
    left, right = (ast.get_source_segment(text, side) for side in (node.left, node.comparators[0]))
    if left is None or right is None:
        return None
    if has_call(node.left):
        return left, right
    return (right, left) if has_call(node.comparators[0]) else None


def truth(source: str) -> tuple[str, str] | None:
    """Return (expression, `True` or `False`) for what follows `assert` without being a comparison with `==`."""
    text = source.strip()
    node = parse(text)
    if node is None or not has_call(node):
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = ast.get_source_segment(text, node.operand)
        return (f"bool({inner})", "False") if inner else None
    return f"bool({text})", "True"


def calls_in(text: str) -> Iterator[Span]:
    """Yield the outermost calls in a text, with what is chained to them, in order."""
    position, failures = 0, 0
    while failures < _MOST_FAILURES and (match := _CALL.search(text, position)) is not None:
        end = _chain_end(text, match.end() - 1)
        source = text[match.start() : end] if end is not None else ""
        if end is not None and parse(source) is not None:
            yield Span(source, match.start(), end)
            position = end
        else:
            failures += 1
            position = match.end()


def value_at(text: str, position: int) -> Span | None:
    """Return the value that stands at a position: a literal, a collection, a constant, a call, or a code span."""
    if text[position : position + 1] == "`":
        end = text.find("`", position + 1)
        inner = text[position + 1 : end].strip() if end > 0 else ""
        value = _value_of_code(inner)
        return Span(value, position, end + 1) if value else None
    if (curly := _CURLY.match(text, position)) is not None:
        return Span(repr(curly[1] or curly[2] or ""), position, curly.end())
    for pattern in (_STRING, _NUMBER):
        if (match := pattern.match(text, position)) is not None and parse(match[0]) is not None:
            return Span(match[0], position, match.end())
    if (match := _NAMED_VALUES.match(text, position)) is not None:
        return Span(_EMPTY[(match[1] or match[2]).lower()], position, match.end())
    if text[position : position + 1] in _CLOSING:
        return _bracketed(text, position)
    return _named_value(text, position)


def balanced_end(text: str, position: int) -> int | None:
    """Return the position after the bracket that closes the one at `position`, strings respected; None without one."""
    expected: list[str] = []
    limit = min(len(text), position + MOST_CHARACTERS)
    while position < limit:
        character = text[position]
        if character in "\"'":
            match = _STRING.match(text, position)
            if match is None:
                return None
            position = match.end()
            continue
        if character in _CLOSING:
            expected.append(_CLOSING[character])
        elif character in ")]}":
            if not expected or expected.pop() != character:
                return None
            if not expected:
                return position + 1
        position += 1
    return None


def _chain_end(text: str, position: int) -> int | None:
    end = balanced_end(text, position)
    while end is not None:
        if text[end : end + 1] in {"(", "["}:
            further = balanced_end(text, end)
        elif (match := _CHAIN.match(text, end)) is not None:
            further = match.end()
        else:
            further = None
        if further is None:
            return end
        end = further
    return None


def _bracketed(text: str, position: int) -> Span | None:
    end = balanced_end(text, position)
    if end is None or parse(text[position:end]) is None:
        return None
    return Span(text[position:end], position, end)


def _named_value(text: str, position: int) -> Span | None:
    match = _NAME.match(text, position)
    if match is None:
        return None
    name = match[0].rstrip(".")
    end = position + len(name)
    if text[end : end + 1] == "(":
        call_end = _chain_end(text, end)
        source = text[position:call_end] if call_end else ""
        return Span(source, position, call_end) if call_end and parse(source) is not None else None
    if name in {"True", "False", "None"} or name.lower() in _WORD_VALUES:
        return Span(_WORD_VALUES.get(name.lower(), name), position, end)
    # `Colour.RED` is a value, `example.com` is not: constants are written large.
    is_constant = "." in name and name.rpartition(".")[2].isupper()
    return Span(name, position, end) if is_constant else None


def _value_of_code(inner: str) -> str | None:
    if inner.lower() in {"true", "false", "null"}:
        return _WORD_VALUES[inner.lower()]
    return inner if parse(inner) is not None else None
