"""an index for "recently updated" across libraries"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0001"
branch_labels = None
depends_on = None

INDEX = "ix_series_grown"


def upgrade() -> None:
    op.create_index(
        INDEX,
        "series",
        [sa.text("updated_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text(
            "missing_since IS NULL AND trashed_at IS NULL"
            " AND updated_at - added_at > interval '10 minutes'"
        ),
    )


def downgrade() -> None:
    op.drop_index(INDEX, table_name="series")
