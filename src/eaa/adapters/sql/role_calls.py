"""Calls of roles in a table.

In Postgres takers pass over the rows that others are taking. Where a limit counts what others do, takers of one role
queue up behind a lock of the transaction; in SQLite every transaction is alone anyway.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, select, update
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Database, Statements
from eaa.adapters.sql.faults import translated
from eaa.adapters.sql.insert import insert_new
from eaa.domain.errors import RoleCallNotFound, RunFenced
from eaa.domain.ids import BlobId, RoleCallId, RunId
from eaa.domain.role import RoleName
from eaa.domain.role_call import ENDED_CALLS, CallState, QueueLimits, RoleCall
from eaa.domain.run import ENDED_STATES
from eaa.ports.role_calls import RoleCalls

_calls, _runs = schema.role_calls, schema.runs
_TAKE_LOCKS = 0x0EAA_CA11
"""Our own number among Postgres' advisory locks of two numbers; the role is the second one."""
_ROLES = tuple(RoleName)


class SqlRoleCalls(RoleCalls):
    """The calls of an installation. Each method is a transaction of its own."""

    def __init__(self, engine: Database, *, name: str) -> None:
        self._engine = engine
        self._name = name

    @override
    async def put(self, call: RoleCall) -> RoleCall:
        row = {field: getattr(call, field) for field in _calls.columns.keys()}  # noqa: SIM118 - no dictionary
        with translated(self._name):
            async with self._engine.begin() as connection:
                if await insert_new(connection, _calls, row):
                    return call
                same = and_(
                    _calls.c.organisation_id == call.organisation_id,
                    _calls.c.run_id == call.run_id,
                    _calls.c.generation == call.generation,
                    _calls.c.name == call.name,
                )
                found = await connection.execute(select(_calls).where(same))
                return _call_of(found.mappings().one())

    @override
    async def get(self, call_id: RoleCallId) -> RoleCall:
        with translated(self._name):
            async with self._engine.begin() as connection:
                return await _get(connection, call_id)

    @override
    async def take(
        self, role: RoleName, *, owner_slot: str, limits: QueueLimits, is_busy: bool = False
    ) -> RoleCall | None:
        with translated(self._name):
            async with self._engine.begin() as connection:
                if limits != QueueLimits():
                    await _alone(connection, role)
                if await _is_full(connection, role, limits):
                    return None
                full = await _full_organisations(connection, role, limits)
                while (found := await _next(connection, role, full)) is not None:
                    call, generation = found
                    if generation == call.generation:
                        if call.has_to_be_alone and is_busy:
                            return None
                        taken = {"state": CallState.RUNNING, "owner_slot": owner_slot, "started_at": _now()}
                        return await _change(connection, call.id, **taken)
                    await _change(connection, call.id, state=CallState.CANCELLED, ended_at=_now())
        return None

    @override
    async def finish(self, call_id: RoleCallId, *, owner_slot: str, artefact: BlobId) -> None:
        await self._end(call_id, owner_slot, state=CallState.DONE, artefact=artefact)

    @override
    async def fail(self, call_id: RoleCallId, *, owner_slot: str, fault: bytes) -> None:
        await self._end(call_id, owner_slot, state=CallState.FAILED, fault=fault)

    @override
    async def give_back(
        self, owner_slot: str, *, but: Collection[RoleCallId] = (), has_crashed: bool = False
    ) -> tuple[RoleCall, ...]:
        own = and_(_calls.c.state == CallState.RUNNING, _calls.c.owner_slot == owner_slot, _calls.c.id.not_in(but))
        crashes = _calls.c.crashes + int(has_crashed)
        return await self._change_all(own, state=CallState.QUEUED, owner_slot=None, started_at=None, crashes=crashes)

    @override
    async def cancel(self, run_id: RunId, *, up_to_generation: int | None = None) -> tuple[RoleCall, ...]:
        meant = and_(_calls.c.run_id == run_id, _calls.c.state.not_in(sorted(ENDED_CALLS)))
        if up_to_generation is not None:
            meant = and_(meant, _calls.c.generation <= up_to_generation)
        return await self._change_all(meant, state=CallState.CANCELLED, ended_at=_now())

    @override
    async def cancel_one(self, call_id: RoleCallId) -> RoleCall:
        with translated(self._name):
            async with self._engine.begin() as connection:
                call = await _get(connection, call_id, is_held=True)
                if call.state in ENDED_CALLS:
                    return call
                return await _change(connection, call_id, state=CallState.CANCELLED, ended_at=_now())

    @override
    async def running(self, owner_slot: str) -> tuple[RoleCall, ...]:
        own = select(_calls).where(_calls.c.state == CallState.RUNNING, _calls.c.owner_slot == owner_slot)
        return await self._oldest_first(own)

    @override
    async def of_run(self, run_id: RunId) -> tuple[RoleCall, ...]:
        return await self._oldest_first(select(_calls).where(_calls.c.run_id == run_id))

    @override
    async def waiting(self, role: RoleName) -> int:
        queued = select(func.count()).where(_calls.c.role == role, _calls.c.state == CallState.QUEUED)
        with translated(self._name):
            async with self._engine.begin() as connection:
                return int((await connection.execute(queued)).scalar_one())

    async def _end(self, call_id: RoleCallId, owner_slot: str, **values: Any) -> None:
        with translated(self._name):
            async with self._engine.begin() as connection:
                call = await _get(connection, call_id, is_held=True)
                # The run's row stays as it is until this is written.
                of_run = select(_runs.c.generation).where(_runs.c.id == call.run_id).with_for_update(read=True)
                generation = (await connection.execute(of_run)).scalar_one_or_none()
                is_ours = call.state is CallState.RUNNING and call.owner_slot == owner_slot
                if not is_ours or generation != call.generation:
                    raise RunFenced(run_id=call.run_id, generation=call.generation)
                await _change(connection, call_id, ended_at=_now(), **values)

    async def _change_all(self, meant: ColumnElement[bool], **values: Any) -> tuple[RoleCall, ...]:
        with translated(self._name):
            async with self._engine.begin() as connection:
                found = await connection.execute(update(_calls).where(meant).values(values).returning(*_calls.c))
                return tuple(sorted(map(_call_of, found.mappings()), key=lambda call: (call.created_at, call.id)))

    async def _oldest_first(self, calls: Select[Any]) -> tuple[RoleCall, ...]:
        with translated(self._name):
            async with self._engine.begin() as connection:
                found = await connection.execute(calls.order_by(_calls.c.created_at, _calls.c.id))
                return tuple(map(_call_of, found.mappings()))


async def _get(connection: Statements, call_id: RoleCallId, *, is_held: bool = False) -> RoleCall:
    wanted = select(_calls).where(_calls.c.id == call_id)
    found = await connection.execute(wanted.with_for_update() if is_held else wanted)
    row = found.mappings().first()
    if row is None:
        raise RoleCallNotFound(call_id=call_id)
    return _call_of(row)


async def _alone(connection: Statements, role: RoleName) -> None:
    """Let no other taker of the role count until this transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(_TAKE_LOCKS, _ROLES.index(role))))


async def _is_full(connection: Statements, role: RoleName, limits: QueueLimits) -> bool:
    """Return whether no call of a role may begin now, whosever it is."""
    counted = (
        (limits.at_once, _calls.c.state == CallState.RUNNING),
        (limits.starts_a_minute, _calls.c.started_at > _now() - timedelta(minutes=1)),
    )
    for limit, what in counted:
        if limit is not None:
            same = select(func.count()).select_from(_calls).where(_calls.c.role == role, what)
            if (await connection.execute(same)).scalar_one() >= limit:
                return True
    return False


async def _full_organisations(connection: Statements, role: RoleName, limits: QueueLimits) -> tuple[str, ...]:
    """Return the organisations of which no call of a role may begin now."""
    if limits.at_once_an_organisation is None:
        return ()
    running = select(_calls.c.organisation_id).where(_calls.c.role == role, _calls.c.state == CallState.RUNNING)
    counted = running.group_by(_calls.c.organisation_id).having(func.count() >= limits.at_once_an_organisation)
    return tuple((await connection.execute(counted)).scalars())


async def _next(connection: Statements, role: RoleName, full: Collection[str]) -> tuple[RoleCall, int | None] | None:
    """Return the first queued call of a role that nobody else is taking, with its run's generation now.

    None stands for that of a run that is over: nobody waits for its calls any more.
    """
    is_on = _runs.c.state.not_in(sorted(ENDED_STATES))
    generation = select(_runs.c.generation).where(_runs.c.id == _calls.c.run_id, is_on).scalar_subquery()
    queued = select(_calls, generation.label("now")).where(_calls.c.role == role, _calls.c.state == CallState.QUEUED)
    if full:
        queued = queued.where(_calls.c.organisation_id.not_in(full))
    first = queued.order_by(_calls.c.priority, _calls.c.created_at, _calls.c.id).limit(1)
    row = (await connection.execute(first.with_for_update(skip_locked=True, of=_calls))).mappings().first()
    return None if row is None else (_call_of(row), row["now"])


async def _change(connection: Statements, call_id: RoleCallId, **values: Any) -> RoleCall:
    changed = update(_calls).where(_calls.c.id == call_id).values(values).returning(*_calls.c)
    return _call_of((await connection.execute(changed)).mappings().one())


def _call_of(row: RowMapping) -> RoleCall:
    columns = {name: value for name, value in row.items() if name != "now"}
    return RoleCall(**{**columns, "role": RoleName(row["role"]), "state": CallState(row["state"])})


def _now() -> datetime:
    return datetime.now(UTC)
