"""text size and reduced motion of each person"""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0086"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "preference", sa.Column("text_size", sa.Integer(), nullable=False, server_default="100")
    )
    op.add_column(
        "preference",
        sa.Column("reduced_motion", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    for name in ("text_size", "reduced_motion"):
        op.alter_column("preference", name, server_default=None)


def downgrade() -> None:
    for name in ("reduced_motion", "text_size"):
        op.drop_column("preference", name)
