"""A task with hidden tests, by which a model or a team is measured."""

from dataclasses import dataclass
from enum import StrEnum

from eaa.domain.ids import TestId
from eaa.domain.kind import Kind
from eaa.domain.repository import FileChange


class SourceKind(StrEnum):
    """How the repository of an exercise is given."""

    FOLDER = "folder"
    """Plain files, which become one commit."""
    REPOSITORY = "repository"
    BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class HiddenTests:
    """Tests that no run ever sees: they are laid over its head when it is over."""

    files: tuple[FileChange, ...] = ()
    patch: bytes = b""
    """The same as a difference to the base, as SWE-bench has it; empty for none."""
    fail_to_pass: tuple[TestId, ...] = ()
    """With `pass_to_pass` the tests that must pass; both empty: every test of the files."""
    pass_to_pass: tuple[TestId, ...] = ()
    """They must pass on the base too."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """A task as it is given."""

    name: str
    """Unique among those that are run together."""
    text: str
    """The request, word for word."""
    source: str
    """Absolute path of the folder, the repository or the bundle."""
    source_kind: SourceKind
    base: str | None
    """The revision to start from; None is the head, or the folder's one commit."""
    kind: Kind | None
    hidden: HiddenTests
