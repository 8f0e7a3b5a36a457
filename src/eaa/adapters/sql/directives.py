"""What people told runs, in a table."""

from sqlalchemy import select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_new
from eaa.adapters.sql.rows import directive_of, row_of
from eaa.domain.directive import Directive
from eaa.domain.ids import RunId
from eaa.ports.directives import Directives

_table = schema.directives


class SqlDirectives(Directives):
    """The directives of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def add(self, directive: Directive) -> None:
        if not await insert_new(self._connection, _table, row_of(directive)):
            raise ValueError(f"directive {directive.sequence} of {directive.run_id} is there already")

    @override
    async def of_run(self, run_id: RunId) -> tuple[Directive, ...]:
        told = select(_table).where(_table.c.run_id == run_id).order_by(_table.c.sequence)
        found = await self._connection.execute(told)
        return tuple(map(directive_of, found.mappings()))
