"""What was refused, in a table that the database itself lets nobody change.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

from eaa.adapters.sql.types import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("peer", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("service", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("audit_by_age", "audit", ["organisation_id", "created_at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{action.lower()} BEFORE {action} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END"
        )


def downgrade() -> None:
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_append_only()")
