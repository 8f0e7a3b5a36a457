"""Unified diffs as models write them: counts are often wrong, line numbers a guess, fences around them common."""

import re
from collections.abc import Sequence

from eaa.domain.errors import ToolRefused
from eaa.engine.agent.edits.shapes import Edit, Hunk, Hunks, Mark, Removal

_HEADER = re.compile(r"@@(?: -(\d+)(?:,(\d+))? \+\d+(?:,\d+)?)? ?@@.*|@@")
_NOWHERE = "/dev/null"
_NOT_HERE = {
    "rename from ": "renames a file; write the new one and remove the old one",
    "copy from ": "copies a file; write the new one",
    "Binary files ": "is of a binary file; use the shell",
    "GIT binary patch": "is of a binary file; use the shell",
}


def is_unified(text: str) -> bool:
    """Return whether a text looks like a unified diff."""
    return any(_HEADER.fullmatch(line) for line in text.split("\n")) or "\n+++ " in f"\n{text}"


def read_unified(text: str, *, path: str | None) -> tuple[Edit, ...]:
    """Return what a diff wants.

    Args:
        text: The diff.
        path: The file of hunks that stand below no `+++` line.

    Raises:
        ToolRefused: It renames, is binary, names no file, or holds lines that no diff has.
    """
    lines = text.split("\n")
    edits: list[Edit] = []
    number, old_name = 0, path
    hunks: list[Hunk] = []
    while number < len(lines):
        line = lines[number]
        for beginning, because in _NOT_HERE.items():
            if line.startswith(beginning):
                raise ToolRefused(f"line {number + 1} of the patch {because}")
        if _is_file_header(lines, number):
            edits += _closed(path, hunks)
            old_name, new_name = _name(line), _name(lines[number + 1])
            path, hunks = (old_name if new_name == _NOWHERE else new_name), []
            if new_name == _NOWHERE:
                edits.append(Removal(_given(path, number)))
                number = _skip_hunks(lines, number + 2)
                continue
            number += 2
        elif header := _HEADER.fullmatch(line):
            _given(path, number)
            hunk, number = _read_hunk(lines, number, header)
            hunks.append(hunk)
        else:
            number += 1
    return (*edits, *_closed(path, hunks))


def _is_file_header(lines: Sequence[str], number: int) -> bool:
    return lines[number].startswith("--- ") and number + 1 < len(lines) and lines[number + 1].startswith("+++ ")


def _closed(path: str | None, hunks: Sequence[Hunk]) -> list[Edit]:
    return [Hunks(path, tuple(hunks))] if path is not None and hunks else []


def _given(path: str | None, number: int) -> str:
    if path is None:
        raise ToolRefused(
            f"line {number + 1} of the patch belongs to no file; begin with `--- a/PATH` and `+++ b/PATH`"
        )
    return path


def _name(line: str) -> str:
    name = line[4:].partition("\t")[0].strip()
    return name[2:] if name.startswith(("a/", "b/")) else name


def _skip_hunks(lines: Sequence[str], number: int) -> int:
    while number < len(lines) and not _is_file_header(lines, number):
        number += 1
    return number


def _read_hunk(lines: Sequence[str], start: int, header: re.Match[str]) -> tuple[Hunk, int]:
    body: list[tuple[Mark, str]] = []
    bare: set[Mark] = set()
    number = start + 1
    while number < len(lines) and not _ends_hunk(lines, number):
        line = lines[number]
        if line.startswith("\\"):
            bare.add(body[-1][0] if body else Mark.KEPT)
        elif line and line[0] not in " +-":
            raise ToolRefused(
                f"line {number + 1} of the patch begins with none of ' ', '+', '-': {line[:80]!r}; "
                "each line of a hunk needs one of them"
            )
        else:
            # Editors and models drop the space of an empty context line.
            body.append((Mark(line[0]), line[1:]) if line else (Mark.KEPT, ""))
        number += 1
    _drop_empty_end(lines, number, body, header)
    hunk = Hunk(
        first_line=int(header[1]) if header[1] else None,
        lines=tuple(body),
        old_ends_bare=bool(bare & {Mark.KEPT, Mark.REMOVED}),
        new_ends_bare=bool(bare & {Mark.KEPT, Mark.ADDED}),
    )
    if not body:
        raise ToolRefused(f"the hunk at line {start + 1} of the patch is empty")
    return hunk, number


def _ends_hunk(lines: Sequence[str], number: int) -> bool:
    line = lines[number]
    is_next = _HEADER.fullmatch(line) is not None or line.startswith(("diff --git ", "```"))
    return is_next or _is_file_header(lines, number)


def _drop_empty_end(lines: Sequence[str], number: int, body: list[tuple[Mark, str]], header: re.Match[str]) -> None:
    """Take away empty lines that only end the text, unless the header counts them as lines of the file."""
    counted = int(header[2] or 1) if header[1] else 0
    while body and lines[number - 1] == "" and body[-1] == (Mark.KEPT, ""):
        if header[1] and sum(mark is not Mark.ADDED for mark, _ in body) <= counted:
            return
        body.pop()
        number -= 1
