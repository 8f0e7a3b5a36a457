"""Runs in a table."""

from collections.abc import Collection

from sqlalchemy import bindparam, func, select, update
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_once
from eaa.adapters.sql.pages import older_than
from eaa.adapters.sql.rows import row_of, run_of
from eaa.domain.errors import RunFenced, RunNotFound
from eaa.domain.ids import OrganisationId, RunId, TaskId
from eaa.domain.run import Run, RunState
from eaa.ports.runs import Runs

_table = schema.runs
# In Postgres the row stays locked until the commit; in SQLite the whole transaction is alone anyway.
_GENERATION = select(_table.c.generation).where(_table.c.id == bindparam("run_id")).with_for_update()
_IN_STATE = (
    select(_table)
    .where(
        _table.c.organisation_id == bindparam("organisation"), _table.c.state.in_(bindparam("states", expanding=True))
    )
    .order_by(_table.c.created_at, _table.c.id)
)
_NEXT_QUEUED = (
    select(_table.c.id)
    .where(_table.c.state == RunState.QUEUED, _table.c.owner_slot.is_(None))
    .order_by(_table.c.priority, _table.c.created_at, _table.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_CLAIM_LOCK = 0x0EAA_C1A1
"""Our own number among Postgres' advisory locks."""


class SqlRuns(Runs):
    """The runs of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def add(self, run: Run) -> None:
        await insert_once(self._connection, _table, row_of(run))

    @override
    async def get(self, run_id: RunId) -> Run:
        found = await self._connection.execute(select(_table).where(_table.c.id == run_id))
        row = found.mappings().first()
        if row is None:
            raise RunNotFound(run_id=run_id)
        return run_of(row)

    @override
    async def update(self, run: Run) -> None:
        await self.hold(run.id, generation=run.generation)
        await self._connection.execute(update(_table).where(_table.c.id == run.id).values(row_of(run)))

    @override
    async def hold(self, run_id: RunId, *, generation: int) -> None:
        stored = (await self._connection.execute(_GENERATION, {"run_id": run_id})).scalar_one_or_none()
        if stored is None:
            raise RunNotFound(run_id=run_id)
        if stored != generation:
            raise RunFenced(run_id=run_id, generation=generation)

    @override
    async def take_over(self, run_id: RunId, *, owner_slot: str) -> Run:
        raised = update(_table).where(_table.c.id == run_id)
        values = {"generation": _table.c.generation + 1, "owner_slot": owner_slot}
        found = await self._connection.execute(raised.values(values).returning(*_table.c))
        row = found.mappings().first()
        if row is None:
            raise RunNotFound(run_id=run_id)
        return run_of(row)

    @override
    async def claim(self, *, owner_slot: str, at_once: int | None, but: Collection[RunId] = ()) -> Run | None:
        if at_once is not None and await self._running() >= at_once:
            return None
        oldest = _NEXT_QUEUED.where(_table.c.id.not_in(sorted(but))) if but else _NEXT_QUEUED
        run_id = (await self._connection.execute(oldest)).scalar_one_or_none()
        if run_id is None:
            return None
        claimed = update(_table).where(_table.c.id == run_id)
        values = {"state": RunState.RUNNING, "owner_slot": owner_slot}
        found = await self._connection.execute(claimed.values(values).returning(*_table.c))
        return run_of(found.mappings().one())

    @override
    async def queue_again(self, run_id: RunId) -> Run:
        released = update(_table).where(_table.c.id == run_id)
        values = {"generation": _table.c.generation + 1, "owner_slot": None, "state": RunState.QUEUED}
        row = (await self._connection.execute(released.values(values).returning(*_table.c))).mappings().first()
        if row is None:
            raise RunNotFound(run_id=run_id)
        return run_of(row)

    async def _running(self) -> int:
        """Count running runs; in Postgres no other claimer counts until this transaction ends."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(select(func.pg_advisory_xact_lock(_CLAIM_LOCK)))
        running = select(func.count()).select_from(_table).where(_table.c.state == RunState.RUNNING)
        return int((await self._connection.execute(running)).scalar_one())

    @override
    async def of_task(self, task_id: TaskId) -> tuple[Run, ...]:
        runs = select(_table).where(_table.c.task_id == task_id).order_by(_table.c.created_at, _table.c.id)
        return tuple(map(run_of, (await self._connection.execute(runs)).mappings()))

    @override
    async def newest(
        self, organisation_id: OrganisationId, *, states: frozenset[RunState], limit: int, before: RunId | None = None
    ) -> tuple[Run, ...]:
        ours = select(_table).where(_table.c.organisation_id == organisation_id, _table.c.state.in_(sorted(states)))
        if before is not None:
            ours = ours.where(older_than(_table, before))
        newest = ours.order_by(_table.c.created_at.desc(), _table.c.id.desc()).limit(limit)
        return tuple(map(run_of, (await self._connection.execute(newest)).mappings()))

    @override
    async def in_state(self, organisation_id: OrganisationId, states: frozenset[RunState]) -> tuple[Run, ...]:
        wanted = {"organisation": organisation_id, "states": sorted(states)}
        return tuple(map(run_of, (await self._connection.execute(_IN_STATE, wanted)).mappings()))
