"""series that belong together"""

import sqlalchemy as sa
from alembic import op

revision = "0087"
down_revision = "0096"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "series_relation",
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("other_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("series_id", "other_id", name="pk_series_relation"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name="fk_series_relation_series_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["series.id"], name="fk_series_relation_other_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_series_relation_other_id", "series_relation", ["other_id"])


def downgrade() -> None:
    op.drop_table("series_relation")
