"""An index by which a request finds the task that it already is, however many there are.

On Postgres `adapters/sql/indexes.py` has built it beforehand, where it had rows: without stopping writers. A revision
is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Asked first: CREATE INDEX IF NOT EXISTS would lock the table before it looks.
    if not any(index["name"] == "tasks_by_base" for index in sa.inspect(op.get_bind()).get_indexes("tasks")):
        op.create_index("tasks_by_base", "tasks", ["organisation_id", "base", "id"])


def downgrade() -> None:
    op.drop_index("tasks_by_base", "tasks")
