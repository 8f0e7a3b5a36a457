"""A request as a person sees it, cut into the pieces that are read one by one. Linear in the length of the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from eaa.kit.hidden_text import without_hidden

# Quoted text and code spans are single tokens, so that a full stop inside them ends no sentence.
_TOKEN = re.compile(
    r"`[^`\n]{1,2000}`|\"[^\"\n]{0,500}\"|(?<=[(\[,=: ])'[^'\n]{0,200}'(?=[)\],:\s.])|[.!?](?=[)\"'*]?(?:\s|$))"
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(\S.*)|\*\*([^*\n]{1,80})\*\*:?[ \t]*$|([A-Z][A-Za-z ]{2,40}):[ \t]*$")
_LIST_ITEM = re.compile(r"[ \t]{0,8}(?:[-*+]|\d{1,3}[.)])[ \t]+")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t:|-]*-{2,}[ \t:|-]*$")
_LABEL = re.compile(r"(expected|wanted|desired|actual|current|observed|got)\b", re.IGNORECASE)
_EXCEPTION_LINE = re.compile(r"[ \t]*(?:\|[ \t]*)?[A-Za-z_][\w.]{0,200}(?::|[ \t]*$)")


class UnitKind(StrEnum):
    """What sort of piece it is."""

    HEADING = "heading"
    SENTENCE = "sentence"
    CODE = "code"
    DOCTEST = "doctest"
    TRACEBACK = "traceback"
    TABLE = "table"


class Section(StrEnum):
    """Whether the heading above says that what follows is wanted, or what happens today."""

    WANTED = "wanted"
    OBSERVED = "observed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of the cleaned text: `text` is exactly `cleaned[start:end]`."""

    kind: UnitKind
    text: str
    start: int
    end: int
    section: Section


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int
    end: int


def clean_text(text: str) -> str:
    """Return the text without what a person would not see: hidden comments, invisible and direction characters."""
    return without_hidden(text).text


def split_units(cleaned: str) -> tuple[Unit, ...]:
    """Return the pieces of a cleaned text in order."""
    return tuple(unit for unit in _Splitter(cleaned).units() if unit.text.strip())


def is_title(unit: Unit) -> bool:
    """Return whether a unit can be a title: words, and not a heading that every issue has."""
    is_common = unit.kind is UnitKind.HEADING and _section_of(unit.text) is not Section.OTHER
    return unit.kind in {UnitKind.HEADING, UnitKind.SENTENCE} and not is_common


class _Splitter:
    """Walks over the lines once."""

    def __init__(self, cleaned: str) -> None:
        self._cleaned = cleaned
        self._lines = _lines(cleaned)
        self._index = 0
        self._section = Section.OTHER

    def units(self) -> Iterator[Unit]:
        while self._index < len(self._lines):
            line = self._lines[self._index]
            if not line.text.strip():
                self._index += 1
            elif (fence := _FENCE.match(line.text)) is not None:
                yield from self._fenced(fence[1])
            elif line.text.lstrip().startswith(">>>"):
                yield self._block(UnitKind.DOCTEST, self._until_blank())
            elif line.text.lstrip().startswith("Traceback (most recent call last)"):
                yield self._block(UnitKind.TRACEBACK, self._traceback_end(self._index))
            elif self._is_table():
                yield self._block(UnitKind.TABLE, self._table_end())
            elif (heading := _HEADING.match(line.text)) is not None:
                self._section = _section_of(next(group for group in heading.groups() if group))
                yield self._block(UnitKind.HEADING, self._index + 1)
            else:
                yield from self._sentences()

    def _block(self, kind: UnitKind, end_index: int) -> Unit:
        first, last = self._lines[self._index], self._lines[end_index - 1]
        self._index = end_index
        return self._unit(kind, first.start, last.end)

    def _unit(self, kind: UnitKind, start: int, end: int) -> Unit:
        return Unit(kind, self._cleaned[start:end], start, end, self._section)

    def _fenced(self, fence: str) -> Iterator[Unit]:
        self._index += 1
        end = self._index
        while end < len(self._lines) and not self._lines[end].text.strip().startswith(fence):
            end += 1
        kind = UnitKind.CODE
        for line in self._lines[self._index : end]:
            if line.text.lstrip().startswith(">>>"):
                kind = UnitKind.DOCTEST
                break
            if line.text.lstrip().startswith("Traceback (most recent call last)"):
                kind = UnitKind.TRACEBACK
                break
        if end > self._index:
            yield self._block(kind, end)
        self._index = end + 1

    def _until_blank(self) -> int:
        end = self._index
        while end < len(self._lines) and self._lines[end].text.strip():
            end += 1
        return end

    def _traceback_end(self, index: int) -> int:
        for end in range(index + 1, len(self._lines)):
            text = self._lines[end].text
            is_frame = text.startswith((" ", "\t")) or not text.strip()
            if not is_frame:
                return end + 1 if _EXCEPTION_LINE.match(text) else end
        return len(self._lines)

    def _is_table(self) -> bool:
        following = self._index + 1
        return (
            "|" in self._lines[self._index].text
            and following < len(self._lines)
            and "|" in self._lines[following].text
            and _TABLE_RULE.match(self._lines[following].text) is not None
        )

    def _table_end(self) -> int:
        end = self._index
        while end < len(self._lines) and "|" in self._lines[end].text:
            end += 1
        return end

    def _sentences(self) -> Iterator[Unit]:
        start_index = self._index
        end = start_index + 1
        while end < len(self._lines) and self._goes_on(self._lines[end].text):
            end += 1
        self._index = end
        start = self._lines[start_index].start
        marker = _LIST_ITEM.match(self._lines[start_index].text)
        start += marker.end() if marker else 0
        stop = self._lines[end - 1].end
        for match in _TOKEN.finditer(self._cleaned, start, stop):
            if match[0] in {".", "!", "?"}:
                yield self._unit(UnitKind.SENTENCE, start, match.end())
                start = match.end()
                while start < stop and self._cleaned[start].isspace():
                    start += 1
        yield self._unit(UnitKind.SENTENCE, start, stop)

    def _goes_on(self, text: str) -> bool:
        return (
            bool(text.strip())
            and not _LIST_ITEM.match(text)
            and not _FENCE.match(text)
            and not _HEADING.match(text)
            and not _LABEL.match(text.lstrip("* "))
            and not text.lstrip().startswith((">>>", "Traceback (most recent"))
        )


def _lines(text: str) -> list[_Line]:
    lines, start = [], 0
    for raw in text.split("\n"):
        lines.append(_Line(raw, start, start + len(raw)))
        start += len(raw) + 1
    return lines


def _section_of(heading: str) -> Section:
    if re.search(r"\b(expected|desired|wanted|should|acceptance|criteria|proposed)\b", heading, re.IGNORECASE):
        return Section.WANTED
    if re.search(r"\b(actual|current|observed|today|happens|reproduce|reproduction)\b", heading, re.IGNORECASE):
        return Section.OBSERVED
    return Section.OTHER
