"""Adding a row that may be there already."""

from functools import cache
from typing import Any

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from eaa.adapters.sql.database import Statements


async def insert_once(connection: Statements, table: Table, row: dict[str, Any]) -> None:
    """Insert a row unless one of its unique keys is taken; a transaction that is about to take it is waited for."""
    await connection.execute(_once(connection.dialect.name, table), row)


async def insert_new(connection: Statements, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row and return whether that was possible; False when one of its unique keys is taken."""
    done = await connection.execute(_new(connection.dialect.name, table), row)
    return done.first() is not None


async def insert_or_replace(connection: Statements, table: Table, row: dict[str, Any]) -> None:
    """Insert a row with all columns, or replace the one with the same primary key."""
    await connection.execute(_or_replace(connection.dialect.name, table), row)


@cache
def _once(dialect: str, table: Table) -> Executable:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _new(dialect: str, table: Table) -> Executable:
    return _insert(dialect, table).on_conflict_do_nothing().returning(*table.primary_key)


@cache
def _or_replace(dialect: str, table: Table) -> Executable:
    keys = [column.name for column in table.primary_key]
    statement = _insert(dialect, table)
    rest = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


def _insert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
