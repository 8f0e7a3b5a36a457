"""Processes that nobody starts."""

from typing_extensions import override

from eaa.domain.ids import RunId
from eaa.ports.run_processes import RunProcesses


class MemoryRunProcesses(RunProcesses):
    """Notes what would be started."""

    def __init__(self) -> None:
        self.started: list[tuple[RunId, float | None]] = []
        self.alive: set[RunId] = set()
        """Runs whose process has not ended."""
        self.words: dict[RunId, bytes] = {}
        """What the last process of a run has printed."""

    @override
    async def start(self, run_id: RunId, *, budget_usd: float | None) -> None:
        self.started.append((run_id, budget_usd))
        self.words.pop(run_id, None)

    @override
    async def has_started(self, run_id: RunId) -> bool:
        return run_id in self.alive

    @override
    async def last_words(self, run_id: RunId) -> bytes | None:
        return self.words.get(run_id)
