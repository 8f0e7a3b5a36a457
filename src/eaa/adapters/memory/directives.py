"""What people told runs, in a dictionary."""

from typing_extensions import override

from eaa.domain.directive import Directive
from eaa.domain.ids import RunId
from eaa.ports.directives import Directives


class MemoryDirectives(Directives):
    """The directives of one transaction."""

    def __init__(self, rows: dict[tuple[RunId, int], Directive]) -> None:
        self._rows = rows

    @override
    async def add(self, directive: Directive) -> None:
        place = (directive.run_id, directive.sequence)
        if place in self._rows:
            raise ValueError(f"directive {directive.sequence} of {directive.run_id} is there already")
        self._rows[place] = directive

    @override
    async def of_run(self, run_id: RunId) -> tuple[Directive, ...]:
        rows = [row for row in self._rows.values() if row.run_id == run_id]
        return tuple(sorted(rows, key=lambda row: row.sequence))
