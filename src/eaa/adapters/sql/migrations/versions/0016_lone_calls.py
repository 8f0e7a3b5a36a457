"""Calls beside which nothing else is worked on, and how often their processes were gone.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Constants: no row is written, and older versions go on putting calls without them.
    op.add_column("role_calls", sa.Column("is_alone", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("role_calls", sa.Column("crashes", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("role_calls", "crashes")
    op.drop_column("role_calls", "is_alone")
