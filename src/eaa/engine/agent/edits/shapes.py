"""What an edit amounts to for one file, whichever shape it was written in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Replacement:
    """Put `new` in the one place where `old` stands."""

    path: str
    old: str
    new: str
    is_of_lines: bool = False
    """Both are whole lines: where they stand is decided line by line, and `new` is indented as `old` is found."""


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The file holds exactly this; it may be new."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Removal:
    """The file goes."""

    path: str


class Mark(StrEnum):
    """What a line of a hunk means."""

    KEPT = " "
    REMOVED = "-"
    ADDED = "+"


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place of a unified diff. The counts of its header are not trusted, and its line number is a hint."""

    first_line: int | None
    """Of the old file, from 1; None where the header named none."""
    lines: tuple[tuple[Mark, str], ...]
    old_ends_bare: bool = False
    """The old file's last line has no newline."""
    new_ends_bare: bool = False

    @property
    def old(self) -> tuple[str, ...]:
        """The lines it expects."""
        return tuple(text for mark, text in self.lines if mark is not Mark.ADDED)

    @property
    def new(self) -> tuple[str, ...]:
        """The lines it leaves."""
        return tuple(text for mark, text in self.lines if mark is not Mark.REMOVED)


@dataclass(frozen=True, slots=True)
class Hunks:
    """The part of a unified diff about one file."""

    path: str
    hunks: tuple[Hunk, ...]


Edit: TypeAlias = Replacement | WholeFile | Removal | Hunks
