"""series that are followed stand on the shelf before their first chapter"""

import sqlalchemy as sa
from alembic import op

revision = "0175"
down_revision = "0163"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "series",
        sa.Column("is_followed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    # Without the column nothing holds those that never had a chapter; scans are at home with that.
    op.execute(
        "UPDATE series SET missing_since = now() WHERE is_followed AND position_count = 0"
        " AND missing_since IS NULL"
    )
    op.drop_column("series", "is_followed")
