"""Tasks in a table."""

from sqlalchemy import select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_once
from eaa.adapters.sql.pages import older_than
from eaa.adapters.sql.rows import row_of, task_of
from eaa.domain.errors import TaskNotFound
from eaa.domain.ids import OrganisationId, TaskId
from eaa.domain.task import Task
from eaa.ports.tasks import Tasks

_table = schema.tasks


class SqlTasks(Tasks):
    """The tasks of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def add(self, task: Task) -> None:
        await insert_once(self._connection, _table, row_of(task))

    @override
    async def get(self, task_id: TaskId) -> Task:
        found = await self._connection.execute(select(_table).where(_table.c.id == task_id))
        row = found.mappings().first()
        if row is None:
            raise TaskNotFound(task_id=task_id)
        return task_of(row)

    @override
    async def newest(
        self, organisation_id: OrganisationId, *, limit: int, before: TaskId | None = None
    ) -> tuple[Task, ...]:
        ours = select(_table).where(_table.c.organisation_id == organisation_id)
        if before is not None:
            ours = ours.where(older_than(_table, before))
        newest = ours.order_by(_table.c.created_at.desc(), _table.c.id.desc()).limit(limit)
        found = await self._connection.execute(newest)
        return tuple(map(task_of, found.mappings()))
