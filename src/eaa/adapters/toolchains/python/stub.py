"""Emptying functions, to see whether anybody notices."""

import ast
from collections.abc import Iterator, Sequence

from eaa.adapters.toolchains.python.source_text import SourceText
from eaa.adapters.toolchains.python.symbols import Function, definitions

_Edit = tuple[int, int, bytes]
"""First byte, the one after the last, and what comes between."""


def stubbed(source: bytes, names: Sequence[str]) -> bytes:
    """Return the file with the bodies of these functions, and of these classes' methods, made to return nothing.

    Signatures, docstrings and every other byte stay; generators stay generators that yield nothing. Unknown names are
    passed over; a file that does not parse, or is not UTF-8, comes back as it was.
    """
    text = SourceText.read(source)
    if text is None:
        return source
    for start, end, body in sorted(_edits(text, frozenset(names)), reverse=True):
        source = source[:start] + body + source[end:]
    return source


def _edits(text: SourceText, names: frozenset[str]) -> Iterator[_Edit]:
    for name, node in definitions(text.tree.body):
        parts = name.split(".")
        owners = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
        if isinstance(node, Function) and owners & names:
            body = node.body[1:] if _is_docstring(node.body[0]) else node.body
            if body:
                yield text.start(body[0]), text.end(body[-1]), b"return; yield" if _yields(node) else b"return None"


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _yields(function: Function) -> bool:
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
    return False
