"""Runs the revisions on the connection that `adapters/sql/migrate.py` hands over, inside its transaction."""

from alembic import context

from eaa.adapters.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
