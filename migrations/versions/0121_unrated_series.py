"""what an age limit makes of series without an age rating, by person"""

import sqlalchemy as sa
from alembic import op

revision = "0121"
down_revision = "0111"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_account",
        sa.Column("unrated", sa.String(length=24), nullable=False, server_default="library"),
    )
    op.alter_column("user_account", "unrated", server_default=None)


def downgrade() -> None:
    op.drop_column("user_account", "unrated")
