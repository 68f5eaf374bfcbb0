"""bookmarks, the days somebody read, opinions of series, and pages that are passed over"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0096"
down_revision = "0094"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _bookmarks()
    _days()
    _opinions()
    _skipped_pages()


def _bookmarks() -> None:
    op.create_table(
        "bookmark",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("chapter_id", sa.UUID(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_bookmark"),
        sa.UniqueConstraint(
            "user_id", "chapter_id", "page", name="uq_bookmark_user_id_chapter_id_page"
        ),
        _to("bookmark", "user_id", "user_account"),
        _to("bookmark", "chapter_id", "chapter"),
    )
    op.create_index("ix_bookmark_chapter_id", "bookmark", ["chapter_id"])
    newest = [sa.text("created_at DESC"), sa.text("id DESC")]
    op.create_index("ix_bookmark_newest", "bookmark", ["user_id", *newest])


def _days() -> None:
    op.create_table(
        "reading_day",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("chapter_id", sa.UUID(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("last_page", sa.Integer(), nullable=False),
        sa.Column("is_finished", sa.Boolean(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("is_taken_back", sa.Boolean(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("user_id", "day", "chapter_id", name="pk_reading_day"),
        _to("reading_day", "user_id", "user_account"),
        _to("reading_day", "chapter_id", "chapter"),
    )
    op.create_index("ix_reading_day_chapter_id", "reading_day", ["chapter_id"])
    op.create_index(
        "ix_reading_day_newest",
        "reading_day",
        ["user_id", sa.text("ended_at DESC"), sa.text("chapter_id DESC")],
        postgresql_where=sa.text("removed_at IS NULL"),
    )


def _opinions() -> None:
    op.create_table(
        "series_opinion",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "series_id", name="pk_series_opinion"),
        _to("series_opinion", "user_id", "user_account"),
        _to("series_opinion", "series_id", "series"),
    )
    op.create_index("ix_series_opinion_series_id", "series_opinion", ["series_id"])


def _skipped_pages() -> None:
    op.create_table(
        "skipped_page",
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("crc32", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("chosen_by", sa.UUID(), nullable=True),
        sa.Column("chosen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "crc32", "size", name="pk_skipped_page"),
        _to("skipped_page", "series_id", "series"),
        _to("skipped_page", "chosen_by", "user_account", "SET NULL"),
    )
    op.create_index("ix_skipped_page_chosen_by", "skipped_page", ["chosen_by"])


def _to(table: str, column: str, other: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}", ondelete=ondelete
    )


def downgrade() -> None:
    for table in ("skipped_page", "series_opinion", "reading_day", "bookmark"):
        op.drop_table(table)
