"""A file's bytes together with the places of its syntax nodes, so that one place changes and no other byte does."""

import ast
import codecs
import io
import tokenize
from dataclasses import dataclass
from typing import Self

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly


@dataclass(frozen=True, slots=True)
class SourceText:
    """Source in UTF-8. Offsets count bytes from the start of the file."""

    content: bytes
    tree: ast.Module
    line_starts: tuple[int, ...]

    @classmethod
    def read(cls, content: bytes) -> Self | None:
        """Return the text, or None when it is not UTF-8 or holds no statement that parses."""
        tree = parse_quietly(content)
        if not tree.body or not _is_utf8(content):
            return None
        starts = [len(codecs.BOM_UTF8) if content.startswith(codecs.BOM_UTF8) else 0]
        position = 0
        for line in content.splitlines(keepends=True):
            position += len(line)
            starts.append(position)
        return cls(content, tree, tuple(starts))

    def start(self, node: ast.expr | ast.stmt) -> int:
        """Return the offset of a node's first byte, of its first decorator's `@` when it has one."""
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        if decorators:
            return self.content.rindex(b"@", 0, self.start(decorators[0]))
        return self.line_starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt) -> int:
        """Return the offset after a node's last byte. Brackets around it are not part of it."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.line_starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.expr | ast.stmt) -> bytes:
        """Return a node's own bytes."""
        return self.content[self.start(node) : self.end(node)]

    def replaced(self, start: int, end: int, text: bytes) -> bytes:
        """Return the whole file with the bytes from `start` to before `end` replaced."""
        return self.content[:start] + text + self.content[end:]


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except (SyntaxError, UnicodeDecodeError):
        return False
    return encoding in ("utf-8", "utf-8-sig")
