"""The origin of effects and events.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LEAST_TRUSTED = "machine text"
_TASKS = sa.table("tasks", sa.column("id"), sa.column("origin"))
_RUNS = sa.table("runs", sa.column("id"), sa.column("task_id"))


def upgrade() -> None:
    for name in ("effects", "events"):
        op.add_column(name, sa.Column("origin", sa.String, nullable=False, server_default=_LEAST_TRUSTED))
        table = sa.table(name, sa.column("run_id"), sa.column("origin"))
        of_task = sa.select(sa.func.max(_TASKS.c.origin)).where(_TASKS.c.id == _RUNS.c.task_id)
        of_task = of_task.where(_RUNS.c.id == table.c.run_id)
        op.execute(table.update().values(origin=sa.func.coalesce(of_task.scalar_subquery(), _LEAST_TRUSTED)))


def downgrade() -> None:
    for name in ("events", "effects"):
        op.drop_column(name, "origin")
