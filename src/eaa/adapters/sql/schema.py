"""The tables as the newest migration leaves them. `organisation_id` is on every row and in every unique key."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from eaa.adapters.sql.types import UtcTime

metadata = MetaData()

tasks = Table(
    "tasks",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("id", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("origin", String, nullable=False),
    Column("source", Text, nullable=False),
    Column("repository_source", Text, nullable=False),
    Column("base", Text, nullable=False),
    Column("kind", String),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("tasks_by_id", "id"),
    Index("tasks_by_age", "organisation_id", "created_at"),
)

runs = Table(
    "runs",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("id", String, nullable=False),
    Column("task_id", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("verdict", String),
    Column("base_commit", String),
    Column("head_commit", String),
    Column("owner_slot", String),
    Column("generation", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("runs_by_id", "id"),
    Index("runs_by_task", "task_id"),
    Index("runs_by_state", "organisation_id", "state"),
)

steps = Table(
    "steps",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("input_sha256", String, nullable=False),
    Column("output", LargeBinary, nullable=False),
    Column("output_blob", String),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "run_id", "sequence"),
    Index("steps_by_run", "run_id", "sequence"),
)

effects = Table(
    "effects",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("id", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("target", Text, nullable=False),
    Column("marker", Text, nullable=False),
    Column("payload_sha256", String, nullable=False),
    Column("state", String, nullable=False),
    Column("receipt", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "run_id", "kind", "marker", name="effects_once"),
    Index("effects_by_run", "run_id"),
)

events = Table(
    "events",
    metadata,
    # SQLite counts up by itself only in a column that is exactly INTEGER.
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("organisation_id", String, nullable=False),
    Column("id", String, nullable=False),
    Column("task_id", String, nullable=False),
    Column("run_id", String),
    Column("type", String, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("organisation_id", "id", name="events_once"),
    Index("events_by_id", "id"),
    Index("events_by_run", "run_id"),
    # A number is never given out again, even when the newest event was deleted: readers remember where they were.
    sqlite_autoincrement=True,
)

blobs = Table(
    "blobs",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("id", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
)
