"""Queued runs in their order.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("priority", sa.Integer, nullable=False, server_default="0"))
    op.create_index("runs_queue", "runs", ["state", "priority", "created_at"])


def downgrade() -> None:
    op.drop_index("runs_queue", "runs")
    op.drop_column("runs", "priority")
