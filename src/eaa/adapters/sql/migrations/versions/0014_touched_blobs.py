"""When somebody last put a blob: one that was put a moment ago is about to be referred to.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

from eaa.adapters.sql.types import UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("blobs", sa.Column("touched_at", UtcTime))


def downgrade() -> None:
    op.drop_column("blobs", "touched_at")
