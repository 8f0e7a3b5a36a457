"""Steps in a table."""

from sqlalchemy import select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_or_replace
from eaa.adapters.sql.rows import row_of, step_of
from eaa.domain.ids import RunId
from eaa.domain.step import StepRecord
from eaa.ports.steps import Steps

_table = schema.steps


class SqlSteps(Steps):
    """The steps of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def put(self, step: StepRecord) -> None:
        await insert_or_replace(self._connection, _table, row_of(step))

    @override
    async def of_run(self, run_id: RunId) -> tuple[StepRecord, ...]:
        steps = select(_table).where(_table.c.run_id == run_id).order_by(_table.c.sequence)
        found = await self._connection.execute(steps)
        return tuple(map(step_of, found.mappings()))
