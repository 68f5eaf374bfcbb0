"""what a one-time token allows"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0100"
down_revision = "0087"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "one_time_token",
        sa.Column("data", postgresql.JSONB(), server_default="{}", nullable=False),
    )
    op.alter_column("one_time_token", "data", server_default=None)


def downgrade() -> None:
    op.drop_column("one_time_token", "data")
