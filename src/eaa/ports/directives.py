"""What people told runs, inside a transaction of the store."""

from typing import Protocol

from eaa.domain.directive import Directive
from eaa.domain.ids import RunId


class Directives(Protocol):
    """Keeps what people told runs. Rows are only ever added."""

    async def add(self, directive: Directive) -> None:
        """Add the next directive of a run. Who adds one holds the run, so that numbers are given out once.

        Raises:
            ValueError: The run has a directive of this sequence already. Nothing is written.
        """
        ...

    async def of_run(self, run_id: RunId) -> tuple[Directive, ...]:
        """Return all that a run was told, oldest first; empty for an unknown run."""
        ...
