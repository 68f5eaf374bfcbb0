"""what persons set of chapters, and how to take it back"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0161"
down_revision = "0130"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = sa.Column("kept", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'"))
    op.add_column("chapter", kept)
    op.create_table(
        "chapter_edit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("chapter_id", sa.UUID(), nullable=False),
        sa.Column("made_by", sa.UUID(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chapter_edit"),
        sa.ForeignKeyConstraint(
            ["chapter_id"], ["chapter.id"], name="fk_chapter_edit_chapter_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name="fk_chapter_edit_made_by", ondelete="SET NULL"
        ),
    )
    for column in ("chapter_id", "made_by", "made_at"):
        op.create_index(f"ix_chapter_edit_{column}", "chapter_edit", [column])


def downgrade() -> None:
    op.drop_table("chapter_edit")
    op.drop_column("chapter", "kept")
