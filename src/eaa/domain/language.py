"""What source text says, without running it."""

from dataclasses import dataclass
from enum import StrEnum

from eaa.domain.ids import TestId
from eaa.domain.repository import FileChange


class SymbolKind(StrEnum):
    """What a name stands for."""

    FUNCTION = "function"
    METHOD = "method"
    CLASS = "class"
    VARIABLE = "variable"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition."""

    path: str
    qualified_name: str
    """Inside its module: `Parser.feed`."""
    kind: SymbolKind
    first_line: int
    last_line: int
    signature: str
    """One line, such as `def feed(self, data: bytes) -> None`."""
    is_public: bool


@dataclass(frozen=True, slots=True)
class Import:
    """A module one file imports, and the names it takes from it."""

    path: str
    line: int
    module: str
    """Absolute dotted name; relative imports are resolved."""
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A small change of behaviour on one line; a good test notices it."""

    path: str
    line: int
    description: str
    """Such as `< became <=`."""
    content: bytes
    """The whole changed file."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found in free text that the repository defines."""

    text: str
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Differential:
    """Tests that changed code answers as its old self does."""

    changes: tuple[FileChange, ...] = ()
    """Files to lay over the changed tree: the old self under another name, and the tests."""
    tests: tuple[tuple[TestId, str], ...] = ()
    """Each test, and the call that it compares."""


@dataclass(frozen=True, slots=True)
class SiblingGroup:
    """A call that a test makes, and calls of the same sort that no test makes."""

    function: str
    tested: tuple[TestId, str]
    """The test that compares it, and the call as source text."""
    siblings: tuple[tuple[TestId, str], ...]


@dataclass(frozen=True, slots=True)
class Siblings:
    """Tests that changed code answers as its old self does, on the tests' inputs and on others of the same sort."""

    changes: tuple[FileChange, ...] = ()
    """Files to lay over the changed tree: the old self under another name, and the tests."""
    groups: tuple[SiblingGroup, ...] = ()
    tested: tuple[tuple[TestId, str], ...] = ()
    """All calls that tests make, those of the groups among them."""
