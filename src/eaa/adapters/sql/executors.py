"""Heartbeats in a table, by the clock of the database."""

from datetime import timedelta
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Executable,
    RowMapping,
    Select,
    case,
    delete,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Database
from eaa.adapters.sql.faults import translated
from eaa.domain.executor import Executor
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.ports.executors import Executors

_table = schema.executors


class SqlExecutors(Executors):
    """The executors of an installation. Each method is a transaction of its own."""

    def __init__(self, engine: Database, *, name: str) -> None:
        self._engine = engine
        self._name = name

    @override
    async def beat(self, slot: str, *, host: str, process_id: int, is_draining: bool = False) -> None:
        with translated(self._name):
            async with self._engine.begin() as connection:
                row = {
                    "organisation_id": DEFAULT_ORGANISATION,
                    "slot": slot,
                    "host": host,
                    "process_id": process_id,
                    "is_draining": is_draining,
                }
                await connection.execute(_beat(connection.dialect.name), row)

    @override
    async def leave(self, slot: str, *, host: str, process_id: int) -> None:
        own = (_table.c.slot == slot) & (_table.c.host == host) & (_table.c.process_id == process_id)
        with translated(self._name):
            async with self._engine.begin() as connection:
                await connection.execute(delete(_table).where(own))

    @override
    async def all(self) -> tuple[Executor, ...]:
        with translated(self._name):
            async with self._engine.begin() as connection:
                found = await connection.execute(select(_table).order_by(_table.c.slot))
                return tuple(_executor_of(row) for row in found.mappings())

    @override
    async def silent(self, *, for_longer_than: timedelta) -> frozenset[str]:
        with translated(self._name):
            async with self._engine.begin() as connection:
                late = _silent(connection.dialect.name, for_longer_than)
                return frozenset((await connection.execute(late)).scalars())

    @override
    async def prune(self, *, older_than: timedelta) -> int:
        with translated(self._name):
            async with self._engine.begin() as connection:
                late = _table.c.beat_at < _ago(connection.dialect.name, older_than)
                return int((await connection.execute(delete(_table).where(late))).rowcount)


def _executor_of(row: RowMapping) -> Executor:
    return Executor(**{name: value for name, value in row.items() if name != "organisation_id"})


@cache
def _beat(dialect: str) -> Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    now = _ago(dialect, timedelta())
    # The other columns come with each execution.
    new = insert(_table).values(started_at=now, beat_at=now)
    is_same = (_table.c.host == new.excluded.host) & (_table.c.process_id == new.excluded.process_id)
    values = {
        "host": new.excluded.host,
        "process_id": new.excluded.process_id,
        "started_at": case((is_same, _table.c.started_at), else_=new.excluded.started_at),
        "beat_at": new.excluded.beat_at,
        "is_draining": new.excluded.is_draining,
    }
    return new.on_conflict_do_update(index_elements=["organisation_id", "slot"], set_=values)


@cache
def _silent(dialect: str, for_longer_than: timedelta) -> Select[tuple[str]]:
    return select(_table.c.slot).where(_table.c.beat_at < _ago(dialect, for_longer_than))


def _ago(dialect: str, age: timedelta) -> ColumnElement[object]:
    """Return the database's own time of so long ago, as the columns hold times."""
    seconds = age.total_seconds()
    if dialect == "postgresql":
        return func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    # Milliseconds is what SQLite knows; the columns have microseconds.
    return literal_column(f"strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-{seconds:.3f} seconds')")
