"""Switches by which people take a part out of service.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

from eaa.adapters.sql.types import UtcTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "toggle_settings",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "name"),
    )


def downgrade() -> None:
    op.drop_table("toggle_settings")
