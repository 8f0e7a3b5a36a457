"""Commits as packs, for hosts that share no disk.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commit_packs",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("repository_id", sa.String, nullable=False),
        sa.Column("commit", sa.String, nullable=False),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("needs", sa.String),
        sa.Column("shallow", sa.Text, nullable=False),
        sa.Column("blob", sa.String, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "repository_id", "commit", "run_id"),
    )
    op.create_index("commit_packs_by_commit", "commit_packs", ["repository_id", "commit"])
    op.create_index("commit_packs_by_run", "commit_packs", ["run_id"])


def downgrade() -> None:
    op.drop_table("commit_packs")
