"""An index for every query that services ask all day.

On Postgres `adapters/sql/indexes.py` has built it beforehand, where it had rows: without stopping writers. A revision
is history: it spells its tables out and never changes again, whatever becomes of `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Asked first: CREATE INDEX IF NOT EXISTS would lock the table before it looks.
    if not any(index["name"] == "effects_by_state" for index in sa.inspect(op.get_bind()).get_indexes("effects")):
        op.create_index("effects_by_state", "effects", ["organisation_id", "state", "id"])


def downgrade() -> None:
    op.drop_index("effects_by_state", "effects")
