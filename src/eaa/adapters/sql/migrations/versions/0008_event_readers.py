"""Readers of the outbox, what they could not deal with, and counts of events.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

from eaa.adapters.sql.types import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_readers",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("consumer", sa.String, nullable=False),
        sa.Column("event_id", sa.String),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("leased_until", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "consumer"),
    )
    op.create_table(
        "event_failures",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("consumer", sa.String, nullable=False),
        sa.Column("event_id", sa.String, nullable=False),
        sa.Column("task_id", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("is_dead", sa.Boolean, nullable=False),
        sa.Column("next_at", UtcTime, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("hint", sa.Text, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "consumer", "event_id"),
    )
    op.create_index("event_failures_waiting", "event_failures", ["consumer", "is_dead"])
    op.create_index("event_failures_dead", "event_failures", ["organisation_id", "is_dead", "created_at"])
    op.create_table(
        "event_counts",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "day", "type"),
    )


def downgrade() -> None:
    op.drop_table("event_counts")
    op.drop_table("event_failures")
    op.drop_table("event_readers")
