"""A bounded reader for the few facts of YAML needed here. It is no parser: what it cannot read, it leaves out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_LINES = 5_000

_KEY = re.compile(r"""(?P<indent> *)(?P<dash>- +)?(?P<key>["']?[\w./ -]{1,80}["']?) *:(?: +(?P<value>.*))?$""")
_ITEM = re.compile(r"(?P<indent> *)- +(?P<value>.+)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One scalar and the keys above it."""

    keys: tuple[str, ...]
    value: str
    line: int


def entries(text: str) -> Iterator[Entry]:
    """Yield the scalars of a block-style document with their keys; items of lists are entries of the list's key.

    Inline lists (`[a, b]`) give one entry an item. Anchors, multi-line scalars, and flow mappings are passed over.
    """
    stack: list[tuple[int, str]] = []
    block_indent: int | None = None
    for number, raw in enumerate(text.splitlines()[:MOST_LINES], start=1):
        line = raw.split(" #", 1)[0].rstrip()
        indent = len(line) - len(line.lstrip(" "))
        if not line.strip() or line.lstrip().startswith("#") or (block_indent is not None and indent > block_indent):
            continue
        block_indent = None
        if (match := _KEY.fullmatch(line)) is not None:
            depth = indent + len(match["dash"] or "")
            stack = [(level, key) for level, key in stack if level < depth]
            stack.append((depth, _unquoted(match["key"])))
            value = (match["value"] or "").strip()
            if value[:1] in {"|", ">"}:
                block_indent = indent
            yield from _scalars(tuple(key for _, key in stack), value, number)
        elif (match := _ITEM.fullmatch(line)) is not None:
            # A list may stand at its key's own indent.
            stack = [(level, key) for level, key in stack if level <= indent]
            yield from _scalars(tuple(key for _, key in stack), match["value"], number)


def _scalars(keys: tuple[str, ...], value: str, line: int) -> Iterator[Entry]:
    if value.startswith("[") and value.endswith("]"):
        for item in value[1:-1].split(","):
            if item.strip():
                yield Entry(keys, _unquoted(item), line)
    else:
        yield Entry(keys, _unquoted(value), line)


def _unquoted(text: str) -> str:
    stripped = text.strip()
    is_quoted = len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "\"'"
    return stripped[1:-1] if is_quoted else stripped
