"""favourites, collections and reading lists"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0070"
down_revision = "0060"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "favourite",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "series_id", name="pk_favourite"),
        _cascade("favourite", "user_id", "user_account"),
        _cascade("favourite", "series_id", "series"),
    )
    op.create_index("ix_favourite_series_id", "favourite", ["series_id"])
    newest = [sa.text("added_at DESC"), sa.text("series_id DESC")]
    op.create_index("ix_favourite_recent", "favourite", ["user_id", *newest])
    _collections()
    _lists()


def _collections() -> None:
    op.create_table(
        "collection",
        *_named(),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_collection"),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["user_account.id"],
            name="fk_collection_created_by",
            ondelete="SET NULL",
        ),
    )
    op.create_index("ix_collection_created_by", "collection", ["created_by"])
    op.create_index("ix_collection_name", "collection", ["sort_key", "id"])
    _members("collection_series", "collection_id", "collection", "series_id", "series")


def _lists() -> None:
    op.create_table(
        "reading_list",
        *_named(),
        sa.Column("owner_id", sa.UUID(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("unmatched", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reading_list"),
        _cascade("reading_list", "owner_id", "user_account"),
    )
    op.create_index("ix_reading_list_owner_id", "reading_list", ["owner_id"])
    op.create_index("ix_reading_list_name", "reading_list", ["sort_key", "id"])
    _members("reading_list_chapter", "list_id", "reading_list", "chapter_id", "chapter")


def _named() -> list[sa.Column]:
    return [
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
    ]


def _members(table: str, whole: str, of_whole: str, part: str, of_part: str) -> None:
    op.create_table(
        table,
        sa.Column(whole, sa.UUID(), nullable=False),
        sa.Column(part, sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(whole, part, name=f"pk_{table}"),
        sa.UniqueConstraint(
            whole,
            "position",
            name=f"uq_{table}_{whole}_position",
            deferrable=True,
            initially="DEFERRED",
        ),
        _cascade(table, whole, of_whole),
        _cascade(table, part, of_part),
    )
    op.create_index(f"ix_{table}_{part}", table, [part])


def _cascade(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )


def downgrade() -> None:
    for table in (
        "reading_list_chapter",
        "reading_list",
        "collection_series",
        "collection",
        "favourite",
    ):
        op.drop_table(table)
