"""Nobody is watching."""

from typing_extensions import override

from eaa.domain.event import Event
from eaa.ports.progress import Progress


class NoProgress(Progress):
    """Hears everything and says nothing."""

    @override
    def stage_started(self, title: str) -> None:
        pass

    @override
    def stage_ended(self, title: str, outcome: str) -> None:
        pass

    @override
    def noted(self, text: str) -> None:
        pass

    @override
    def happened(self, event: Event) -> None:
        pass


class RecordingProgress(Progress):
    """Keeps every line it hears, oldest first."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.events: list[Event] = []

    @override
    def stage_started(self, title: str) -> None:
        self.lines.append(title)

    @override
    def stage_ended(self, title: str, outcome: str) -> None:
        self.lines.append(f"{title}: {outcome}")

    @override
    def noted(self, text: str) -> None:
        self.lines.append(text)

    @override
    def happened(self, event: Event) -> None:
        self.events.append(event)
