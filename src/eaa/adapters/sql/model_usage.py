"""Usage rows in a table."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, String, case, cast, delete, func, select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Database
from eaa.adapters.sql.faults import translated
from eaa.adapters.sql.insert import insert_once
from eaa.domain.completion import TokenUsage
from eaa.domain.ids import OrganisationId
from eaa.domain.model_usage import ModelUsage, UsageLine
from eaa.ports.model_usage import UsageKey, UsageLog

_table = schema.model_usage
_NOBODY = "-"
_TOKENS = ("input_tokens", "output_tokens", "cached_input_tokens", "cache_write_tokens", "reasoning_tokens")
_UNPRICED = ("input_tokens", "output_tokens", "cached_input_tokens", "cache_write_tokens")
"""Reasoning is part of the output."""


class SqlUsageLog(UsageLog):
    """Keeps usage in one database. A batch of rows is one transaction."""

    def __init__(self, engine: Database, *, name: str) -> None:
        self._engine = engine
        self._name = name

    @override
    async def add(self, rows: tuple[ModelUsage, ...]) -> None:
        with translated(self._name):
            async with self._engine.begin() as connection:
                for row in rows:
                    await insert_once(connection, _table, _row_of(row))

    @override
    async def sums(self, organisation_id: OrganisationId, by: UsageKey, *, since: datetime) -> tuple[UsageLine, ...]:
        with translated(self._name):
            async with self._engine.begin() as connection:
                key = _key(by, connection.dialect.name).label("key")
                ours = select(key, *_sums()).where(
                    _table.c.organisation_id == organisation_id, _table.c.created_at >= since
                )
                found = await connection.execute(ours.group_by(key))
                lines = [_line_of(row) for row in found.mappings()]
        return tuple(sorted(lines, key=lambda line: (-line.cost_microusd, -line.unpriced_tokens, line.key)))

    @override
    async def prune(self, *, before: datetime) -> int:
        with translated(self._name):
            async with self._engine.begin() as connection:
                removed = await connection.execute(delete(_table).where(_table.c.created_at < before))
                return removed.rowcount


def _key(by: UsageKey, dialect: str) -> ColumnElement[str]:
    match by:
        case UsageKey.ROLE:
            return func.coalesce(_table.c.role, _NOBODY)
        case UsageKey.MODEL:
            return _table.c.model
        case UsageKey.TASK:
            return func.coalesce(_table.c.task_id, _NOBODY)
        case UsageKey.DAY:
            if dialect == "postgresql":
                return func.to_char(func.timezone("UTC", _table.c.created_at), "YYYY-MM-DD")
            # A stored time begins with its date.
            return func.substr(cast(_table.c.created_at, String), 1, 10)


def _sums() -> list[ColumnElement[Any]]:
    cost = func.coalesce(_table.c.cost_microusd, 0)
    is_failed = _table.c.outcome.not_in(("answered", "cached"))
    unpriced = sum((_table.c[name] for name in _UNPRICED[1:]), start=_table.c[_UNPRICED[0]])
    return [
        func.count().label("calls"),
        func.sum(case((_table.c.outcome == "cached", 1), else_=0)).label("cached_calls"),
        func.sum(case((is_failed, 1), else_=0)).label("failed_calls"),
        *(func.sum(_table.c[name]).label(name) for name in _TOKENS),
        func.sum(cost).label("cost_microusd"),
        func.sum(case((_table.c.cost_microusd.is_(None), unpriced), else_=0)).label("unpriced_tokens"),
        func.sum(case((is_failed, cost), else_=0)).label("wasted_microusd"),
    ]


def _row_of(row: ModelUsage) -> dict[str, object]:
    account, usage = row.account, row.usage
    return {
        "organisation_id": account.organisation_id,
        "id": row.id,
        "run_id": account.run_id,
        "task_id": account.task_id,
        "repository": account.repository,
        "user": account.user,
        "team": account.team,
        "model": row.model,
        "role": row.role,
        "outcome": row.outcome,
        **{name: getattr(usage, name) for name in _TOKENS},
        "is_estimated": row.is_estimated,
        "cost_microusd": row.cost_microusd,
        "prompt_sha256": row.prompt_sha256,
        "seconds": row.seconds,
        "created_at": row.created_at,
    }


def _line_of(row: RowMapping) -> UsageLine:
    # Postgres sums big integers to decimals.
    numbers = {name: int(value) for name, value in row.items() if name != "key"}
    usage = TokenUsage(**{name: numbers.pop(name) for name in _TOKENS})
    return UsageLine(key=row["key"], usage=usage, **numbers)
