"""Pages of rows by their age: a page begins after the last row of the one before, whatever was added meanwhile."""

from sqlalchemy import ColumnElement, Table, select, tuple_


def older_than(table: Table, row_id: str) -> ColumnElement[bool]:
    """Return the condition for rows of a table that are older than the one with this id; none when there is none."""
    last = table.alias("last")
    place = select(last.c.created_at, last.c.id).where(last.c.id == row_id).subquery()
    time, own_id = select(place.c.created_at).scalar_subquery(), select(place.c.id).scalar_subquery()
    return tuple_(table.c.created_at, table.c.id) < tuple_(time, own_id)
