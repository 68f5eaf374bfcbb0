"""which of several versions a person reads in a series"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0088"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "preferred_version",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("groups", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "series_id", name="pk_preferred_version"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name="fk_preferred_version_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name="fk_preferred_version_series_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_preferred_version_series_id", "preferred_version", ["series_id"])


def downgrade() -> None:
    op.drop_table("preferred_version")
