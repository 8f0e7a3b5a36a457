"""The tables as the newest migration leaves them. `organisation_id` is on every row and in every unique key."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from eaa.adapters.sql.types import UtcTime

LEAST_TRUSTED = "machine text"
"""The origin of a row that does not say it."""
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
    Index("tasks_by_age", "organisation_id", "created_at", "id"),
    Index("tasks_by_base", "organisation_id", "base", "id"),
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
    Column("priority", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("runs_by_id", "id"),
    Index("runs_queue", "state", "priority", "created_at"),
    Index("runs_by_task", "task_id"),
    Index("runs_by_state", "organisation_id", "state"),
    Index("runs_by_age", "organisation_id", "created_at", "id"),
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

transcripts = Table(
    "transcripts",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("context", String, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("content_blob", String),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "run_id", "context", "sequence"),
    Index("transcripts_by_run", "run_id", "context", "sequence"),
)

directives = Table(
    "directives",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "run_id", "sequence"),
    Index("directives_by_run", "run_id", "sequence"),
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
    Column("origin", String, nullable=False, server_default=LEAST_TRUSTED),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "run_id", "kind", "marker", name="effects_once"),
    Index("effects_by_run", "run_id"),
    Index("effects_by_state", "organisation_id", "state", "id"),
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
    Column("origin", String, nullable=False, server_default=LEAST_TRUSTED),
    UniqueConstraint("organisation_id", "id", name="events_once"),
    Index("events_by_id", "id"),
    Index("events_by_run", "run_id"),
    Index("events_by_task", "task_id", "position"),
    Index("events_by_time", "created_at"),
    # A number is never given out again, even when the newest event was deleted: readers remember where they were.
    sqlite_autoincrement=True,
)

executors = Table(
    "executors",
    metadata,
    # Slots are the installation's: always the default organisation.
    Column("organisation_id", String, nullable=False),
    Column("slot", String, nullable=False),
    Column("host", String, nullable=False),
    Column("process_id", BigInteger, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("beat_at", UtcTime, nullable=False),
    Column("is_draining", Boolean, nullable=False),
    PrimaryKeyConstraint("organisation_id", "slot"),
)

role_calls = Table(
    "role_calls",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("id", String, nullable=False),
    Column("role", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("brief", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("owner_slot", String),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("artefact", String),
    Column("fault", LargeBinary),
    Column("is_alone", Boolean, nullable=False, server_default=false()),
    Column("crashes", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "run_id", "generation", "name", name="role_calls_once"),
    Index("role_calls_by_id", "id"),
    Index("role_calls_queue", "role", "state", "priority", "created_at"),
    Index("role_calls_by_run", "run_id"),
    Index("role_calls_by_owner", "owner_slot", "state"),
    Index("role_calls_started", "role", "started_at"),
)

blobs = Table(
    "blobs",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("id", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    # When it was last put; unknown for what came before revision 0014.
    Column("touched_at", UtcTime),
    PrimaryKeyConstraint("organisation_id", "id"),
)

budgets = Table(
    "budgets",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("limit_microusd", BigInteger, nullable=False),
    Column("limit_tokens", BigInteger, nullable=False),
    Column("spent_microusd", BigInteger, nullable=False),
    Column("spent_tokens", BigInteger, nullable=False),
    Column("reserved_microusd", BigInteger, nullable=False),
    Column("reserved_tokens", BigInteger, nullable=False),
    PrimaryKeyConstraint("organisation_id", "kind", "name"),
)

reservations = Table(
    "reservations",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("id", String, nullable=False),
    Column("owner_slot", String, nullable=False),
    # The budgets that were counted, as JSON: [[kind, name], …].
    Column("scopes", Text, nullable=False),
    Column("cost_microusd", BigInteger, nullable=False),
    Column("unpriced_tokens", BigInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("reservations_by_id", "id"),
    Index("reservations_by_owner", "owner_slot"),
)

model_usage = Table(
    "model_usage",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("id", String, nullable=False),
    Column("run_id", String),
    Column("task_id", String),
    Column("repository", Text),
    Column("user", String),
    Column("team", String),
    Column("model", String, nullable=False),
    Column("role", String),
    Column("outcome", String, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cached_input_tokens", BigInteger, nullable=False),
    Column("cache_write_tokens", BigInteger, nullable=False),
    Column("reasoning_tokens", BigInteger, nullable=False),
    Column("is_estimated", Boolean, nullable=False),
    Column("cost_microusd", BigInteger),
    Column("prompt_sha256", String),
    Column("seconds", Float, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("model_usage_by_age", "organisation_id", "created_at"),
    Index("model_usage_to_prune", "created_at"),
)

kept_answers = Table(
    "kept_answers",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("key", String, nullable=False),
    Column("model", String, nullable=False),
    Column("prompt_sha256", String),
    Column("tags", Text, nullable=False),
    Column("completion", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "key"),
    Index("kept_answers_by_model", "organisation_id", "model"),
    Index("kept_answers_by_prompt", "organisation_id", "prompt_sha256"),
    Index("kept_answers_by_age", "organisation_id", "created_at"),
)

kept_answer_tags = Table(
    "kept_answer_tags",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("tag", String, nullable=False),
    Column("key", String, nullable=False),
    PrimaryKeyConstraint("organisation_id", "tag", "key"),
    ForeignKeyConstraint(
        ["organisation_id", "key"], ["kept_answers.organisation_id", "kept_answers.key"], ondelete="CASCADE"
    ),
    Index("kept_answer_tags_by_key", "organisation_id", "key"),
)

model_keys = Table(
    "model_keys",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    # Encrypted; `master_key` names the key of the key file that opens it.
    Column("sealed", LargeBinary, nullable=False),
    Column("master_key", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "provider", "fingerprint"),
)

kept_replies = Table(
    "kept_replies",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("key", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "key"),
    Index("kept_replies_by_age", "organisation_id", "created_at"),
)

event_readers = Table(
    "event_readers",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("consumer", String, nullable=False),
    Column("event_id", String),
    Column("owner", String, nullable=False),
    Column("leased_until", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "consumer"),
)

event_failures = Table(
    "event_failures",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("consumer", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("task_id", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("is_dead", Boolean, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("code", String, nullable=False),
    Column("hint", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "consumer", "event_id"),
    Index("event_failures_waiting", "consumer", "is_dead"),
    Index("event_failures_dead", "organisation_id", "is_dead", "created_at"),
)

event_counts = Table(
    "event_counts",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("day", Date, nullable=False),
    Column("type", String, nullable=False),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("organisation_id", "day", "type"),
)

audit = Table(
    "audit",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("id", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("who", String, nullable=False),
    Column("peer", String, nullable=False),
    Column("what", String, nullable=False),
    Column("service", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("code", String, nullable=False),
    Column("why", Text, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("audit_by_age", "organisation_id", "created_at"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("job", String, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "job"),
)

toggle_settings = Table(
    "toggle_settings",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("is_on", Boolean, nullable=False),
    Column("why", String, nullable=False),
    Column("who", String, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("organisation_id", "name"),
)

commit_packs = Table(
    "commit_packs",
    metadata,
    Column("organisation_id", String, nullable=False),
    Column("repository_id", String, nullable=False),
    Column("commit", String, nullable=False),
    # Empty for a base, which belongs to no run.
    Column("run_id", String, nullable=False),
    Column("needs", String),
    Column("shallow", Text, nullable=False),
    Column("blob", String, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    PrimaryKeyConstraint("organisation_id", "repository_id", "commit", "run_id"),
    Index("commit_packs_by_commit", "repository_id", "commit"),
    Index("commit_packs_by_run", "run_id"),
)
