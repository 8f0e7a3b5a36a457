"""Fenced code out of Markdown. Source: CommonMark 0.31, "Fenced code blocks"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """One fenced block."""

    language: str
    """First word after the fence, lower case; empty when there is none."""
    info: str
    """All that stands after the fence, such as `python title=app.py`."""
    code: str
    """Without the fences; ends with a line break unless it is empty."""
    is_closed: bool
    """False when the text ended before the block did, as cut-off answers do."""


def code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """Return the blocks in their order. A fence inside a longer fence is code."""
    blocks: list[CodeBlock] = []
    lines = iter(text.splitlines())
    for line in lines:
        opening = _FENCE.match(line)
        if opening is None or (opening["fence"][0] == "`" and "`" in opening["info"]):
            continue
        code, is_closed = _inside(lines, fence=opening["fence"], indent=len(opening["indent"]))
        info = opening["info"].strip()
        language = info.split(maxsplit=1)[0].lower() if info else ""
        blocks.append(CodeBlock(language=language, info=info, code=code, is_closed=is_closed))
    return tuple(blocks)


def _inside(lines: Iterator[str], *, fence: str, indent: int) -> tuple[str, bool]:
    """Return the lines up to the closing fence, and whether there is one."""
    closing = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    code: list[str] = []
    for line in lines:
        if closing.match(line):
            return "".join(f"{one}\n" for one in code), True
        code.append(line[min(indent, len(line) - len(line.lstrip(" "))) :])
    return "".join(f"{one}\n" for one in code), False
