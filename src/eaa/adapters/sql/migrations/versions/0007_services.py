"""Processes that work, and the queues of the roles.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

from eaa.adapters.sql.types import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "executors",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("slot", sa.String, nullable=False),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("process_id", sa.BigInteger, nullable=False),
        sa.Column("started_at", UtcTime, nullable=False),
        sa.Column("beat_at", UtcTime, nullable=False),
        sa.Column("is_draining", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "slot"),
    )
    op.create_table(
        "role_calls",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("brief", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("owner_slot", sa.String),
        sa.Column("started_at", UtcTime),
        sa.Column("ended_at", UtcTime),
        sa.Column("artefact", sa.String),
        sa.Column("fault", sa.LargeBinary),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "run_id", "generation", "name", name="role_calls_once"),
    )
    op.create_index("role_calls_by_id", "role_calls", ["id"])
    op.create_index("role_calls_queue", "role_calls", ["role", "state", "priority", "created_at"])
    op.create_index("role_calls_by_run", "role_calls", ["run_id"])
    op.create_index("role_calls_by_owner", "role_calls", ["owner_slot", "state"])
    op.create_index("role_calls_started", "role_calls", ["role", "started_at"])


def downgrade() -> None:
    op.drop_table("role_calls")
    op.drop_table("executors")
