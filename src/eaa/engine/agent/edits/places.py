"""Where lines stand in a file: exactly, or but for whitespace where only one place can be meant."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_SHOWN_AROUND = 3
_LINES_LOOKED_AT = 5_000
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where the lines were found, and how what is put there has to be indented."""

    index: int
    """Of the first line, from 0."""
    is_exact: bool
    indent_wanted: str = ""
    indent_found: str = ""

    def indented(self, line: str) -> str | None:
        """Return a new line as the file has it; None where that cannot be known."""
        if not line.strip() or self.indent_wanted == self.indent_found:
            return line
        if line.startswith(self.indent_wanted):
            return self.indent_found + line[len(self.indent_wanted) :]
        if self.indent_found.startswith(self.indent_wanted):
            return self.indent_found[len(self.indent_wanted) :] + line
        return None


def find_places(lines: Sequence[str], wanted: Sequence[str], *, start: int = 0) -> tuple[Place, ...]:
    """Return every place of the strictest reading that has one: exact, but for trailing whitespace, indented alike."""
    exact = _matching(lines, wanted, start, tuple)
    if exact:
        return tuple(Place(index, is_exact=True) for index in exact)
    trimmed = _matching(lines, wanted, start, _trimmed)
    if trimmed:
        return tuple(Place(index, is_exact=False) for index in trimmed)
    shifted = _matching(lines, wanted, start, _dedented)
    width = len(wanted)
    return tuple(
        Place(
            index,
            is_exact=False,
            indent_wanted=_common_indent(wanted),
            indent_found=_common_indent(lines[index : index + width]),
        )
        for index in shifted
    )


def numbered_places(places: Sequence[int]) -> str:
    """Return line numbers, given as indices, as words."""
    named = ", ".join(str(index + 1) for index in places[:_MOST_NAMED])
    more = len(places) - _MOST_NAMED
    return f"lines {named}" + (f" and {more} more" if more > 0 else "")


def closest(lines: Sequence[str], wanted: Sequence[str]) -> str:
    """Return the part of the file that looks most like the lines, numbered; empty when nothing does."""
    sought = max((line.strip() for line in wanted), key=len, default="")
    seen = [line.strip() for line in lines[:_LINES_LOOKED_AT]]
    found = difflib.get_close_matches(sought, [line for line in seen if line], n=1, cutoff=0.6) if sought else []
    if not found:
        return ""
    middle = seen.index(found[0])
    offset = next((index for index, line in enumerate(wanted) if line.strip() == sought), 0)
    first = max(0, middle - offset - _SHOWN_AROUND)
    last = min(len(lines), middle - offset + len(wanted) + _SHOWN_AROUND)
    return "\n".join(f"{number + 1:6}\t{lines[number]}" for number in range(first, last))


def _matching(
    lines: Sequence[str], wanted: Sequence[str], start: int, seen_as: Callable[[Sequence[str]], tuple[str, ...]]
) -> list[int]:
    width = len(wanted)
    sought = seen_as(wanted)
    # Lines differ in their first words more often than not: most windows are put aside by one comparison.
    first = sought[0].strip() if sought else ""
    return [
        index
        for index in range(start, len(lines) - width + 1)
        if (not sought or lines[index].strip() == first) and seen_as(lines[index : index + width]) == sought
    ]


def _trimmed(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in lines)


def _dedented(lines: Sequence[str]) -> tuple[str, ...]:
    width = len(_common_indent(lines))
    return tuple(line[width:].rstrip() if line.strip() else "" for line in lines)


def _common_indent(lines: Sequence[str]) -> str:
    indents = [line[: len(line) - len(line.lstrip())] for line in lines if line.strip()]
    if not indents:
        return ""
    shortest, longest = min(indents), max(indents)
    for index, character in enumerate(shortest):
        if index >= len(longest) or longest[index] != character:
            return shortest[:index]
    return shortest
