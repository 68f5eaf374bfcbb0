"""what nobody asked for by hand, and what may therefore take the place of another"""

import sqlalchemy as sa
from alembic import op

revision = "0190"
down_revision = "0165"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "download",
        sa.Column("is_automatic", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("download", "is_automatic", server_default=None)


def downgrade() -> None:
    op.drop_column("download", "is_automatic")
