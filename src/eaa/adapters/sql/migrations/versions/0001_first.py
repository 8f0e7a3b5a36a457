"""Tasks, runs, steps, effects, events and blobs.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

from eaa.adapters.sql.types import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_tasks()
    _create_runs()
    _create_steps()
    _create_effects()
    _create_events()
    op.create_table(
        "blobs",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )


def downgrade() -> None:
    for table in ("blobs", "events", "effects", "steps", "runs", "tasks"):
        op.drop_table(table)


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("repository_source", sa.Text, nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("kind", sa.String),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("tasks_by_id", "tasks", ["id"])
    op.create_index("tasks_by_age", "tasks", ["organisation_id", "created_at"])


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("task_id", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("verdict", sa.String),
        sa.Column("base_commit", sa.String),
        sa.Column("head_commit", sa.String),
        sa.Column("owner_slot", sa.String),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("runs_by_id", "runs", ["id"])
    op.create_index("runs_by_task", "runs", ["task_id"])
    op.create_index("runs_by_state", "runs", ["organisation_id", "state"])


def _create_steps() -> None:
    op.create_table(
        "steps",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("input_sha256", sa.String, nullable=False),
        sa.Column("output", sa.LargeBinary, nullable=False),
        sa.Column("output_blob", sa.String),
        sa.Column("started_at", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "run_id", "sequence"),
    )
    op.create_index("steps_by_run", "steps", ["run_id", "sequence"])


def _create_effects() -> None:
    op.create_table(
        "effects",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("marker", sa.Text, nullable=False),
        sa.Column("payload_sha256", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("receipt", sa.Text),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "run_id", "kind", "marker", name="effects_once"),
    )
    op.create_index("effects_by_run", "effects", ["run_id"])


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("task_id", sa.String, nullable=False),
        sa.Column("run_id", sa.String),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.UniqueConstraint("organisation_id", "id", name="events_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_by_id", "events", ["id"])
    op.create_index("events_by_run", "events", ["run_id"])
