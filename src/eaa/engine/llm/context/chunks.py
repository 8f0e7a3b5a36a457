"""Long texts in pieces that keep together what belongs together: definitions, sections, sentences."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

Measure = Callable[[str], int]
"""Tokens of a text."""


class Structure(Enum):
    """How a text is built."""

    CODE = "code"
    MARKDOWN = "markdown"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a text: whole lines, unless one line alone was too long."""

    source: str
    """Where the text is from, such as a path."""
    first_line: int
    """From 1."""
    last_line: int
    text: str
    title: str = ""
    """Headings above it, or the definition it begins with."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How large pieces are, in tokens."""

    most_tokens: int
    overlap_tokens: int = 0
    """So much of a piece's end is said again at the next one's beginning, in whole lines."""

    def __post_init__(self) -> None:
        if self.most_tokens < 1 or not 0 <= self.overlap_tokens < self.most_tokens:
            raise ValueError("a piece has at least one token and overlaps by less than itself")


def chunks_of(
    text: str,
    *,
    source: str,
    structure: Structure,
    cut: Cut,
    measure: Measure,
    spans: Sequence[tuple[int, int]] = (),
) -> tuple[Chunk, ...]:
    """Return a text in pieces of at most `cut.most_tokens`; every line is in at least one of them.

    Args:
        text: Any text; empty gives nothing.
        source: Its name.
        structure: What its pieces follow.
        cut: How large pieces are.
        measure: Counts tokens; for a longer text it never counts fewer.
        spans: First and last lines of definitions, where a language knows them; else indentation tells.
    """
    lines = text.splitlines(keepends=True)
    blocks = _blocks(lines, _starts(lines, structure, spans))
    titles = _headings(lines) if structure is Structure.MARKDOWN else {}
    cutter = _Cutter(source, lines, cut, measure)
    for first, last in blocks:
        cutter.add(first, last)
    return tuple(_titled(chunk, structure, titles) for chunk in cutter.finish())


class _Cutter:
    """Fills pieces with blocks, and splits blocks that are too large by line, lines by sentence, then anywhere."""

    def __init__(self, source: str, lines: list[str], cut: Cut, measure: Measure) -> None:
        self._source = source
        self._lines = lines
        self._cut = cut
        self._measure = measure
        self._chunks: list[Chunk] = []
        self._first = 0
        """Line index at which the piece that is being filled begins."""
        self._end = 0
        """Index after its last line."""

    def add(self, first: int, end: int) -> None:
        if self._tokens(self._first, end) <= self._cut.most_tokens:
            self._end = end
            return
        self._close(next_line=first)
        if self._tokens(self._first, end) > self._cut.most_tokens:
            # What is said again must not keep a block from fitting.
            self._first = first
        if self._tokens(self._first, end) <= self._cut.most_tokens:
            self._end = end
            return
        for line in range(first, end):
            self._add_line(line)

    def finish(self) -> list[Chunk]:
        self._close(next_line=len(self._lines))
        return self._chunks

    def _add_line(self, line: int) -> None:
        if self._tokens(self._first, line + 1) > self._cut.most_tokens:
            self._close(next_line=line)
            if self._tokens(self._first, line + 1) > self._cut.most_tokens:
                self._first = line
        if self._tokens(line, line + 1) <= self._cut.most_tokens:
            self._end = line + 1
            return
        for piece in split_line(self._lines[line], most_tokens=self._cut.most_tokens, measure=self._measure):
            self._chunks.append(Chunk(self._source, line + 1, line + 1, piece))
        self._first = self._end = line + 1

    def _close(self, *, next_line: int) -> None:
        if self._end > self._first:
            text = "".join(self._lines[self._first : self._end])
            self._chunks.append(Chunk(self._source, self._first + 1, self._end, text))
            self._first = self._overlap_start(next_line)
        else:
            self._first = next_line
        self._end = self._first if self._first == next_line else next_line

    def _overlap_start(self, next_line: int) -> int:
        if next_line >= len(self._lines):
            return next_line
        start = next_line
        while start - 1 > self._first and self._tokens(start - 1, next_line) <= self._cut.overlap_tokens:
            start -= 1
        return start

    def _tokens(self, first: int, end: int) -> int:
        return self._measure("".join(self._lines[first:end]))


def split_line(line: str, *, most_tokens: int, measure: Measure) -> list[str]:
    """Return one long line in pieces, between sentences where that goes, else between words, else anywhere."""
    pieces: list[str] = []
    rest = line
    while measure(rest) > most_tokens and len(rest) > 1:
        size = _longest_prefix(rest, most_tokens, measure)
        place = _last_break(rest, size)
        pieces.append(rest[:place])
        rest = rest[place:]
    return [*pieces, rest] if rest else pieces


def _longest_prefix(text: str, most_tokens: int, measure: Measure) -> int:
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= most_tokens else (low, middle - 1)
    return low


def _last_break(text: str, size: int) -> int:
    """Return where a text of at most `size` characters is best cut off."""
    for pattern in _BREAKS:
        places = [match.end() for match in pattern.finditer(text, 0, size)]
        if places:
            return places[-1]
    return size


_BREAKS = (re.compile(r"[.!?]\s+"), re.compile(r"[;:,)\]}]\s+"), re.compile(r"\s+"))
"""Between sentences, between parts of one, between words; the first that goes."""
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_OPENS_DEFINITION = re.compile(r"^[^\s)\]}#/*'\"-]")


def _starts(lines: Sequence[str], structure: Structure, spans: Sequence[tuple[int, int]]) -> list[int]:
    match structure:
        case Structure.CODE:
            return _code_starts(lines, spans)
        case Structure.MARKDOWN:
            return list(_headings(lines))
        case Structure.PROSE:
            return _paragraph_starts(lines)


def _blocks(lines: Sequence[str], starts: Iterable[int]) -> list[tuple[int, int]]:
    inner = sorted({start for start in starts if 0 < start < len(lines)})
    edges = [0, *inner, len(lines)] if lines else [0]
    return list(pairwise(edges))


def _code_starts(lines: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[int]:
    """Return where definitions begin and end; comments and decorators right above one belong to it."""
    if spans:
        return [_with_what_stands_above(lines, first - 1) for first, _ in spans] + [last for _, last in spans]
    return [
        number
        for number, line in enumerate(lines)
        if number > 0 and _OPENS_DEFINITION.match(line) and not lines[number - 1].strip()
    ]


def _with_what_stands_above(lines: Sequence[str], start: int) -> int:
    while start > 0 and lines[start - 1].lstrip().startswith(("#", "@", "//", "/*", "*")):
        start -= 1
    return start


def _headings(lines: Sequence[str]) -> dict[int, str]:
    """Return line index → the headings that hold there, the outermost first, joined by ` › `; none in fenced code."""
    found: dict[int, str] = {}
    open_ones: list[tuple[int, str]] = []
    fence = ""
    for number, line in enumerate(lines):
        marker = _FENCE.match(line)
        if marker is not None:
            fence = "" if fence and marker[1].startswith(fence) else fence or marker[1]
            continue
        heading = None if fence else _HEADING.match(line.rstrip("\n"))
        if heading is not None:
            level = len(heading[1])
            open_ones = [*((depth, name) for depth, name in open_ones if depth < level), (level, heading[2])]
            found[number] = " › ".join(name for _, name in open_ones)
    return found


def _paragraph_starts(lines: Sequence[str]) -> list[int]:
    return [
        number for number, line in enumerate(lines) if number > 0 and line.strip() and not lines[number - 1].strip()
    ]


def _titled(chunk: Chunk, structure: Structure, headings: dict[int, str]) -> Chunk:
    title = ""
    if structure is Structure.MARKDOWN:
        above = [text for line, text in headings.items() if line < chunk.first_line]
        title = above[-1] if above else ""
    elif structure is Structure.CODE:
        title = next((line.strip() for line in chunk.text.splitlines() if _OPENS_DEFINITION.match(line)), "")
    return Chunk(chunk.source, chunk.first_line, chunk.last_line, chunk.text, title[:_LONGEST_TITLE])


_LONGEST_TITLE = 120
