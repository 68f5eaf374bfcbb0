"""edits of series: own sort titles, own covers, and what an undo needs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0086"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("series", sa.Column("sort_title", sa.Text(), nullable=True))
    op.add_column("series", sa.Column("cover_art", sa.Text(), nullable=True))
    op.create_table(
        "series_edit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("made_by", sa.UUID(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_series_edit"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name="fk_series_edit_series_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name="fk_series_edit_made_by", ondelete="SET NULL"
        ),
    )
    for column in ("series_id", "made_by", "made_at"):
        op.create_index(f"ix_series_edit_{column}", "series_edit", [column])


def downgrade() -> None:
    op.drop_table("series_edit")
    op.drop_column("series", "cover_art")
    op.drop_column("series", "sort_title")
