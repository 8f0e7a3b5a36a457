"""Rows of usage on their way to the log: kept for a moment and written together."""

from collections.abc import Callable
from dataclasses import dataclass, field

from eaa.domain.errors import EaaError
from eaa.domain.model_usage import ModelUsage
from eaa.ports.model_usage import UsageLog

ROWS_TOGETHER = 64
MOST_ROWS = 4_096
"""Kept while the log is out of reach; older ones are lost then."""


@dataclass(slots=True)
class UsageRecorder:
    """Collects rows and writes them by the batch. What is not written at a kill is lost; budgets do not rest on it."""

    log: UsageLog
    heard: Callable[[ModelUsage], None] = lambda _: None
    """Told of each row at once, for whoever counts."""
    _rows: list[ModelUsage] = field(default_factory=list)

    async def record(self, row: ModelUsage) -> None:
        """Keep a row; every so many rows they are written."""
        self.heard(row)
        self._rows.append(row)
        if len(self._rows) % ROWS_TOGETHER == 0:
            await self.flush()

    async def flush(self) -> None:
        """Write what is kept. A log that is out of reach is tried again at the next flush: no answer is lost for it."""
        rows, self._rows = tuple(self._rows), []
        if not rows:
            return
        try:
            await self.log.add(rows)
        except EaaError:
            self._rows = [*rows, *self._rows][-MOST_ROWS:]
