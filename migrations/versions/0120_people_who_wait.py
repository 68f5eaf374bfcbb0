"""people who made themselves an account and wait for an owner"""

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0150"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("user_account", "asked_at")
