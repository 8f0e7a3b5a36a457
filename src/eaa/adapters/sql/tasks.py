"""Tasks in a table."""

from dataclasses import asdict

from sqlalchemy import bindparam, func, select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_once
from eaa.adapters.sql.pages import older_than
from eaa.adapters.sql.rows import row_of, task_of
from eaa.domain.errors import TaskNotFound
from eaa.domain.ids import OrganisationId, TaskId
from eaa.domain.task import Task, TaskIdentity
from eaa.ports.tasks import Tasks

_table = schema.tasks
_SAME = (
    select(_table)
    .where(_table.c.organisation_id == bindparam("organisation_id"), _table.c.base == bindparam("base"))
    .where(_table.c.repository_source == bindparam("repository_source"), _table.c.origin == bindparam("origin"))
    .where(_table.c.kind.is_not_distinct_from(bindparam("kind")), _table.c.text == bindparam("text"))
    .order_by(_table.c.created_at.desc(), _table.c.id.desc())
    .limit(1)
)
_INTAKE_LOCK = 0x0EAA_7A5C
"""Our own number among Postgres' advisory locks; in SQLite the whole transaction is alone anyway."""


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

    @override
    async def same(self, identity: TaskIdentity) -> Task | None:
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(select(func.pg_advisory_xact_lock(_INTAKE_LOCK)))
        row = (await self._connection.execute(_SAME, asdict(identity))).mappings().first()
        return None if row is None else task_of(row)
