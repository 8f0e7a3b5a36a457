"""Where prompt files are kept."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A prompt file as it is stored."""

    name: str
    content: bytes
    source: str
    """`shipped`, or the path of the installation's own file."""


class PromptFiles(Protocol):
    """Finds prompt files; the installation's own come before those that are shipped."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all prompts, sorted."""
        ...

    def read(self, name: str) -> PromptFile | None:
        """Return a prompt's file, or None when there is none of that name.

        Raises:
            PromptInvalid: It is there and cannot be read.
        """
        ...
