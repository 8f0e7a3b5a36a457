"""Questions a run puts to a person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """What PM needs to know, with options where there are any."""

    text: str
    options: tuple[str, ...] = ()
    because: str = ""
    """Why the run cannot go on without it."""
