"""A run's workspace in a person's hands, and what the person made of it."""

from dataclasses import dataclass

from eaa.domain.ids import CommitId

WORKSPACE_CONTEXTS = frozenset({"author", "tester"})
"""The conversations that work in a workspace."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A person has the workspace."""

    who: str
    """As the person's machine calls him."""
    folder: str
    """Where it lies, by its absolute path on that machine."""
    context: str
    """The conversation whose workspace it is: `author` or `tester`."""
    start: CommitId
    """What the conversation began with; its history for the person."""
    tree: CommitId
    """What the workspace held."""


@dataclass(frozen=True, slots=True)
class HandedBack:
    """A person has given the workspace back."""

    who: str
    context: str
    tree: CommitId
    """What it holds now."""
    words: str
    """What the model is told: what was changed, and the person's note; bounded."""
    paths: tuple[str, ...] = ()
    """The files that the person changed, bounded."""
    is_done: bool = False
    """Whether the person says that the work is done: then the model is not asked again before the verification."""
