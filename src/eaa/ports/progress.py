"""Telling a watching person how far a run is. Never durable, never decisive."""

from typing import Protocol

from eaa.domain.event import Event


class Progress(Protocol):
    """Hears what happens, as it happens."""

    def stage_started(self, title: str) -> None:
        """A stage began; `title` is a few words, such as `QA · writing tests`."""
        ...

    def stage_ended(self, title: str, outcome: str) -> None:
        """A stage ended; `outcome` is one line that says what came of it."""
        ...

    def noted(self, text: str) -> None:
        """Something worth a line happened inside a stage."""
        ...

    def happened(self, event: Event) -> None:
        """An event was committed."""
        ...
