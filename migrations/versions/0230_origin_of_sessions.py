"""what a way in wants kept of a session for the way out, sealed"""

import sqlalchemy as sa
from alembic import op

revision = "0230"
down_revision = "0190"
branch_labels = None
depends_on = None

TABLES = ("session", "sign_in_challenge")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("origin", sa.LargeBinary()))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "origin")
