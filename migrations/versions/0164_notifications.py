"""what people are told, and which of it by mail"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0164"
down_revision = "0175"
branch_labels = None
depends_on = None

UNREAD = "read_at IS NULL"


def upgrade() -> None:
    _create_notification()
    op.create_table(
        "notification_by_mail",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "kind", name="pk_notification_by_mail"),
        _key("notification_by_mail", "user_id", "user_account"),
    )


def downgrade() -> None:
    op.drop_table("notification_by_mail")
    op.drop_table("notification")


def _create_notification() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("series_id", sa.UUID(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
        _key("notification", "user_id", "user_account"),
        _key("notification", "series_id", "series"),
    )
    latest = ["user_id", sa.text("at DESC"), sa.text("id DESC")]
    unread = sa.text(UNREAD)
    op.create_index("ix_notification_inbox", "notification", latest)
    op.create_index("ix_notification_unread", "notification", ["user_id"], postgresql_where=unread)
    op.create_index(
        "uq_notification_about",
        "notification",
        ["user_id", "kind", "about"],
        unique=True,
        postgresql_where=unread,
    )
    op.create_index("ix_notification_at", "notification", ["at"])
    op.create_index("ix_notification_series_id", "notification", ["series_id"])


def _key(table: str, column: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{of}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )
