"""indexes for the orders and filters of a shelf"""

import sqlalchemy as sa
from alembic import op

revision = "0084"
down_revision = "0082"
branch_labels = None
depends_on = None

LISTED = "missing_since IS NULL AND trashed_at IS NULL"
SERIES = {
    "ix_series_library_year": [sa.text("coalesce(year, 0) DESC"), sa.text("id DESC")],
    "ix_series_library_size": [sa.text("position_count DESC"), sa.text("id DESC")],
    "ix_series_library_shuffled": [sa.text("md5(id::text)"), "id"],
    "ix_series_library_language": ["language"],
    "ix_series_library_status": ["status"],
    "ix_series_library_age": ["age_rating"],
}


def upgrade() -> None:
    for name, columns in SERIES.items():
        op.create_index(name, "series", ["library_id", *columns], postgresql_where=sa.text(LISTED))
    op.create_index(
        "ix_chapter_missing",
        "chapter",
        ["series_id"],
        postgresql_where=sa.text("missing_since IS NOT NULL AND trashed_at IS NULL"),
    )
    op.create_index(
        "ix_chapter_file_format",
        "chapter_file",
        ["format", "chapter_id"],
        postgresql_where=sa.text(LISTED),
    )


def downgrade() -> None:
    op.drop_index("ix_chapter_file_format", table_name="chapter_file")
    op.drop_index("ix_chapter_missing", table_name="chapter")
    for name in SERIES:
        op.drop_index(name, table_name="series")
