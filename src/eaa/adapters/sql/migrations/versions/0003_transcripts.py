"""Conversations with models.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

from eaa.adapters.sql.types import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transcripts",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("context", sa.String, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("content_blob", sa.String),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "run_id", "context", "sequence"),
    )
    op.create_index("transcripts_by_run", "transcripts", ["run_id", "context", "sequence"])


def downgrade() -> None:
    op.drop_table("transcripts")
