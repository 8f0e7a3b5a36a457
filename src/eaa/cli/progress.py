"""Shows a watching person how far a run is, on stderr: a spinner on a terminal, plain lines anywhere else."""

import sys
from typing import TYPE_CHECKING

from typing_extensions import override

from eaa.domain.event import Event
from eaa.kit.bounded import printable
from eaa.ports.progress import Progress

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


def open_progress(*, is_json: bool) -> "TerminalProgress | PlainProgress | QuietProgress":
    """Return the progress that suits who is watching: nobody with `--json`, a terminal, or a log."""
    if is_json:
        return QuietProgress()
    return TerminalProgress() if sys.stderr.isatty() else PlainProgress()


class QuietProgress(Progress):
    """Says nothing."""

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

    def close(self) -> None:
        """Nothing is shown, so nothing has to go."""


class PlainProgress(QuietProgress):
    """One line on stderr for every stage that ends, and for every note."""

    @override
    def stage_started(self, title: str) -> None:
        _write(f"{title} …")

    @override
    def stage_ended(self, title: str, outcome: str) -> None:
        _write(f"{title}: {outcome}")

    @override
    def noted(self, text: str) -> None:
        _write(f"  {text}")


class TerminalProgress(QuietProgress):
    """A spinner with the stage that runs; above it, what came of those that ended."""

    def __init__(self, console: "Console | None" = None) -> None:
        from rich.console import Console

        self._console = console or Console(stderr=True, highlight=False)
        self._status: Status | None = None
        self._titles: list[str] = []

    @override
    def stage_started(self, title: str) -> None:
        self._titles.append(title)
        self._show()

    @override
    def stage_ended(self, title: str, outcome: str) -> None:
        if title in self._titles:
            self._titles.remove(title)
        self._console.print(f"[green]•[/] [bold]{_escaped(title)}[/] {_escaped(outcome)}")
        self._show()

    @override
    def noted(self, text: str) -> None:
        self._console.print(f"  [dim]{_escaped(text)}[/]")

    @override
    def close(self) -> None:
        """Take the spinner away; the lines stay."""
        self._titles.clear()
        self._show()

    def _show(self) -> None:
        if not self._titles:
            if self._status is not None:
                self._status.stop()
                self._status = None
            return
        text = _escaped(self._titles[-1])
        if self._status is None:
            self._status = self._console.status(text)
            self._status.start()
        else:
            self._status.update(text)


def _write(line: str) -> None:
    sys.stderr.write(printable(line) + "\n")
    sys.stderr.flush()


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(printable(text))
