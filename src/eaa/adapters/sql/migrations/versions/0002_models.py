"""Budgets, reservations, usage of models, kept answers, and sealed keys of providers.

A revision is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

from eaa.adapters.sql.types import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_budgets()
    _create_reservations()
    _create_model_usage()
    _create_kept_answers()
    _create_kept_answer_tags()
    _create_model_keys()


def downgrade() -> None:
    for table in ("model_keys", "kept_answer_tags", "kept_answers", "model_usage", "reservations", "budgets"):
        op.drop_table(table)


def _create_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("limit_microusd", sa.BigInteger, nullable=False),
        sa.Column("limit_tokens", sa.BigInteger, nullable=False),
        sa.Column("spent_microusd", sa.BigInteger, nullable=False),
        sa.Column("spent_tokens", sa.BigInteger, nullable=False),
        sa.Column("reserved_microusd", sa.BigInteger, nullable=False),
        sa.Column("reserved_tokens", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "kind", "name"),
    )


def _create_reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner_slot", sa.String, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("cost_microusd", sa.BigInteger, nullable=False),
        sa.Column("unpriced_tokens", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("reservations_by_id", "reservations", ["id"])
    op.create_index("reservations_by_owner", "reservations", ["owner_slot"])


def _create_model_usage() -> None:
    op.create_table(
        "model_usage",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("run_id", sa.String),
        sa.Column("task_id", sa.String),
        sa.Column("repository", sa.Text),
        sa.Column("user", sa.String),
        sa.Column("team", sa.String),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("role", sa.String),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("cached_input_tokens", sa.BigInteger, nullable=False),
        sa.Column("cache_write_tokens", sa.BigInteger, nullable=False),
        sa.Column("reasoning_tokens", sa.BigInteger, nullable=False),
        sa.Column("is_estimated", sa.Boolean, nullable=False),
        sa.Column("cost_microusd", sa.BigInteger),
        sa.Column("prompt_sha256", sa.String),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("model_usage_by_age", "model_usage", ["organisation_id", "created_at"])
    op.create_index("model_usage_to_prune", "model_usage", ["created_at"])


def _create_kept_answers() -> None:
    op.create_table(
        "kept_answers",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("prompt_sha256", sa.String),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("completion", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "key"),
    )
    op.create_index("kept_answers_by_model", "kept_answers", ["organisation_id", "model"])
    op.create_index("kept_answers_by_prompt", "kept_answers", ["organisation_id", "prompt_sha256"])
    op.create_index("kept_answers_by_age", "kept_answers", ["organisation_id", "created_at"])


def _create_kept_answer_tags() -> None:
    op.create_table(
        "kept_answer_tags",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("tag", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "tag", "key"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "key"], ["kept_answers.organisation_id", "kept_answers.key"], ondelete="CASCADE"
        ),
    )
    op.create_index("kept_answer_tags_by_key", "kept_answer_tags", ["organisation_id", "key"])


def _create_model_keys() -> None:
    op.create_table(
        "model_keys",
        sa.Column("organisation_id", sa.String, nullable=False),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("master_key", sa.String, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "provider", "fingerprint"),
    )
