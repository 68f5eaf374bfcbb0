"""which mail addresses were confirmed, and those that wait for it"""

import sqlalchemy as sa
from alembic import op

revision = "0110"
down_revision = "0140"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_account",
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.add_column("user_account", sa.Column("new_email", sa.Text(), nullable=True))


def downgrade() -> None:
    for name in ("new_email", "email_verified_at"):
        op.drop_column("user_account", name)
