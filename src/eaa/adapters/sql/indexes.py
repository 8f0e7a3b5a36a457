"""Indexes of tables that may be big already: Postgres builds them while others write."""

from sqlalchemy import Connection, text

_WANTED = {
    "effects_by_state": ("effects", "organisation_id, state, id"),
    "tasks_by_base": ("tasks", "organisation_id, base, id"),
}
"""What later revisions add to older tables; their own `create_index` finds it done."""
_INVALID = text(
    "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid"
    " AND indexrelid NOT IN (SELECT index_relid FROM pg_stat_progress_create_index)"
)


def build_indexes(connection: Connection) -> None:
    """Build what is missing on tables that exist. The connection commits each statement by itself.

    One that somebody else builds now is left to them; what a builder that died left half done is built again.
    """
    for name, (table, columns) in _WANTED.items():
        if connection.scalar(text("SELECT to_regclass(:table)"), {"table": table}) is None:
            continue
        if connection.scalar(_INVALID, {"name": name}) is not None:
            connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
        # Asked first: the statement would wait for its turn at the table before it looks.
        if connection.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None:
            continue
        connection.execute(text(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} ({columns})"))
