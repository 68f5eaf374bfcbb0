"""how fast a download goes; the list that its pages belong to is known by their folder"""

import sqlalchemy as sa
from alembic import op

revision = "0180"
down_revision = "0164"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "download", sa.Column("rate", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.alter_column("download", "rate", server_default=None)
    op.drop_column("download", "page_list")


def downgrade() -> None:
    op.add_column("download", sa.Column("page_list", sa.Text(), nullable=True))
    op.drop_column("download", "rate")
