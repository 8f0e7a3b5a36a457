"""Search/replace blocks: a path, `<<<<<<< SEARCH`, the old lines, `=======`, the new lines, `>>>>>>> REPLACE`."""

import re
from collections.abc import Sequence

from eaa.domain.errors import ToolRefused
from eaa.engine.agent.edits.shapes import Edit, Replacement, WholeFile

_SEARCH = re.compile(r"<{5,9} ?SEARCH\s*")
_DIVIDER = re.compile(r"={5,9}\s*")
_REPLACE = re.compile(r">{5,9} ?REPLACE\s*")


def has_blocks(text: str) -> bool:
    """Return whether a text holds a block."""
    return any(_SEARCH.fullmatch(line) for line in text.split("\n"))


def read_blocks(text: str, *, path: str | None) -> tuple[Edit, ...]:
    """Return what the blocks want.

    Args:
        text: The blocks, with a line that names the file before those where it changes.
        path: The file of blocks that have no such line.

    Raises:
        ToolRefused: A block is not whole, is ambiguous, or names no file.
    """
    lines = text.split("\n")
    edits: list[Edit] = []
    number = 0
    while number < len(lines):
        if _SEARCH.fullmatch(lines[number]) is None:
            number += 1
            continue
        path = _named_before(lines, number) or path
        if path is None:
            raise ToolRefused(f"the block at line {number + 1} names no file; write the path on the line before it")
        divider = _only(lines, number, _DIVIDER)
        end = _next(lines, number, _REPLACE)
        edits.append(_edit(path, lines[number + 1 : divider], lines[divider + 1 : end]))
        number = end + 1
    return tuple(edits)


def _edit(path: str, old: Sequence[str], new: Sequence[str]) -> Edit:
    if not any(line.strip() for line in old):
        return WholeFile(path, "".join(f"{line}\n" for line in new))
    # Whole lines: the newline at the end belongs to what is replaced, so that a block without new lines removes them.
    return Replacement(
        path, "".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new), is_of_lines=True
    )


def _next(lines: Sequence[str], start: int, marker: re.Pattern[str]) -> int:
    for number in range(start + 1, len(lines)):
        if marker.fullmatch(lines[number]):
            return number
        if _SEARCH.fullmatch(lines[number]):
            break
    raise ToolRefused(f"the block at line {start + 1} does not end with a line `>>>>>>> REPLACE`")


def _only(lines: Sequence[str], start: int, marker: re.Pattern[str]) -> int:
    end = _next(lines, start, _REPLACE)
    found = [number for number in range(start + 1, end) if marker.fullmatch(lines[number])]
    if not found:
        raise ToolRefused(f"the block at line {start + 1} has no line `=======` between the old and the new text")
    if len(found) > 1:
        raise ToolRefused(
            f"the block at line {start + 1} has {len(found)} lines of `=`, so nobody can say where the new text "
            "begins; give `old` and `new` instead"
        )
    return found[0]


def _named_before(lines: Sequence[str], number: int) -> str | None:
    for line in reversed(lines[max(0, number - 2) : number]):
        said = line.strip()
        if said.startswith("```") or not said:
            continue
        name = said.strip("`*#: ")
        is_name = " " not in name and not _REPLACE.fullmatch(said) and ("/" in name or "." in name)
        return name if is_name else None
    return None
