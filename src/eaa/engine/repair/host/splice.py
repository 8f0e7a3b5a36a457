"""Writes a candidate into the file's text: only what changed is replaced, comments and layout stay."""

from __future__ import annotations

import ast
import difflib
import io
import tokenize
from typing import List, Optional, Tuple

from .source import Candidate, Edit, SourceFile


class NotRenderable(Exception):
    """No text was found that parses to exactly the validated tree."""


def render(candidate: Candidate) -> Tuple[str, str]:
    """Return the file's new text, and a unified diff.

    Raises:
        NotRenderable: See there.
    """
    file = candidate.unit.file
    with file.applied(candidate.edits):
        wanted = ast.dump(file.tree)
        whole = ast.unparse(candidate.unit.node)
    for text in (_minimal(file, candidate), _whole_unit(file, candidate, whole)):
        if text is not None and _parses_to(text, wanted):
            return text, _diff(file, text)
    raise NotRenderable


def quoted_alike(source: str, text: str) -> str:
    """Return new code with the kind of quotes that a text mostly uses; strings that hold either kind stay."""
    if text.count('"') <= text.count("'"):
        return source
    places: List[Tuple[int, int]] = []
    lines = source.splitlines(keepends=True)
    starts = [sum(map(len, lines[:index])) for index in range(len(lines))]
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            is_plain = token.type == tokenize.STRING and token.string.startswith("'")
            if is_plain and not set(token.string[1:-1]) & set("'\"\\\n"):
                places.append((starts[token.start[0] - 1] + token.start[1], len(token.string)))
    except (tokenize.TokenError, IndentationError):
        return source
    for start, length in reversed(places):
        source = source[:start] + '"' + source[start + 1 : start + length - 1] + '"' + source[start + length :]
    return source


def _parses_to(text: str, wanted: str) -> bool:
    try:
        return ast.dump(ast.parse(text)) == wanted
    except (SyntaxError, ValueError):
        return False


def _minimal(file: SourceFile, candidate: Candidate) -> Optional[str]:
    if len(candidate.edits) == 1 and isinstance(candidate.edits[0].node, ast.expr):
        return _expression(file, candidate.edits[0], candidate)
    data = file.text.encode()
    # From the end to the start, so that earlier places stay true.
    for edit in sorted(candidate.edits, key=lambda edit: -_lines(edit.node)[0]):
        changed = _statement(data, _filled(file, edit))
        if changed is None:
            return None
        data = changed
    return data.decode()


def _expression(file: SourceFile, edit: Edit, candidate: Candidate) -> Optional[str]:
    with file.applied(candidate.edits):
        wanted = ast.dump(file.tree)
    data = file.text.encode()
    start, end = _span(data, edit.node)
    source = quoted_alike(ast.unparse(edit.new[0]), file.text)
    for shape in ("%s", "(%s)"):
        text = (data[:start] + (shape % source).encode() + data[end:]).decode()
        if _parses_to(text, wanted):
            return text
    return None


def _statement(data: bytes, edit: Edit) -> Optional[bytes]:
    """Replace whole lines; None when the statement shares its lines with others."""
    lines = data.splitlines(keepends=True)
    first, last = _lines(edit.node)
    column = int(getattr(edit.node, "col_offset", 0))
    indent, rest = lines[first][:column], lines[last][int(getattr(edit.node, "end_col_offset", 0)) :]
    if indent.strip() or (rest.strip() and not rest.strip().startswith(b"#")):
        return None
    ending = b"\r\n" if lines[first].endswith(b"\r\n") else b"\n"
    block: List[bytes] = []
    for new in edit.new:
        source = quoted_alike(ast.unparse(new), data.decode())
        block += [indent + line.encode() + ending for line in source.splitlines()]
    if edit.kind == "replace" and len(block) == 1 and rest.strip():
        block = [block[0].rstrip() + rest]
    if not lines[last].endswith((b"\n", b"\r")) and edit.kind == "after":
        lines[last] += ending
    position = {"before": (first, first), "after": (last + 1, last + 1)}.get(edit.kind, (first, last + 1))
    lines[position[0] : position[1]] = block
    return b"".join(lines)


def _filled(file: SourceFile, edit: Edit) -> Edit:
    """Deleting the only statement of a block leaves `pass`."""
    parent, name = file.parents[edit.node]
    is_only = name == "body" and len(getattr(parent, name)) == 1
    return Edit("replace", edit.node, (ast.Pass(),)) if edit.kind == "delete" and is_only else edit


def _lines(node: ast.AST) -> Tuple[int, int]:
    first = min([node.lineno] + [d.lineno for d in getattr(node, "decorator_list", [])])  # type: ignore[attr-defined]
    return first - 1, int(getattr(node, "end_lineno", first)) - 1


def _span(data: bytes, node: ast.AST) -> Tuple[int, int]:
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    first, last = node.lineno, node.end_lineno  # type: ignore[attr-defined]
    return starts[first - 1] + node.col_offset, starts[last - 1] + node.end_col_offset  # type: ignore[attr-defined]


def _whole_unit(file: SourceFile, candidate: Candidate, source: str) -> str:
    """Fall back to writing the whole function anew; its comments are lost, the rest of the file is not touched."""
    # Of bytes only line ends split lines, as for Python itself; of text form feeds do too.
    lines = file.text.encode().splitlines(keepends=True)
    unit = candidate.unit
    indent = lines[unit.node.lineno - 1][: unit.node.col_offset]
    new = [indent + line.encode() + b"\n" if line else b"\n" for line in source.split("\n")]
    return b"".join(lines[: unit.first_line - 1] + new + lines[unit.last_line :]).decode()


def _diff(file: SourceFile, text: str) -> str:
    old, new = _split(file.text), _split(text)
    marked = difflib.unified_diff(old, new, f"a/{file.relative}", f"b/{file.relative}", n=3)
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in marked)


def _split(text: str) -> List[str]:
    return [line.decode() for line in text.encode().splitlines(keepends=True)]
