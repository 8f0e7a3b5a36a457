"""Answers to requests with an idempotency key; pages of tasks and runs by their age, and of a task's events.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

from eaa.adapters.sql.types import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_replies",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "key"),
    )
    op.create_index("kept_replies_by_age", "kept_replies", ["organisation_id", "created_at"])
    op.create_index("runs_by_age", "runs", ["organisation_id", "created_at", "id"])
    op.create_index("events_by_time", "events", ["created_at"])
    op.create_index("events_by_task", "events", ["task_id", "position"])
    op.drop_index("tasks_by_age", "tasks")
    op.create_index("tasks_by_age", "tasks", ["organisation_id", "created_at", "id"])


def downgrade() -> None:
    op.drop_index("events_by_task", "events")
    op.drop_index("events_by_time", "events")
    op.drop_index("tasks_by_age", "tasks")
    op.create_index("tasks_by_age", "tasks", ["organisation_id", "created_at"])
    op.drop_index("runs_by_age", "runs")
    op.drop_table("kept_replies")
