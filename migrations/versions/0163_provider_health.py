"""how providers answer: every question for days, sums of hours for longer, and when to ask next"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0163"
down_revision = "0162"
branch_labels = None
depends_on = None

ADDED = ("next_check_at", "leaning", "leaned", "sample")


def upgrade() -> None:
    _widen_provider()
    _create_check()
    _create_hour()


def downgrade() -> None:
    op.drop_table("provider_hour")
    op.drop_table("provider_check")
    for column in ADDED:
        op.drop_column("provider", column)


def _widen_provider() -> None:
    op.add_column(
        "provider",
        sa.Column("next_check_at", _time(), nullable=False, server_default=sa.func.now()),
    )
    op.add_column("provider", sa.Column("leaning", _word(), nullable=True))
    op.add_column("provider", sa.Column("leaned", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "provider", sa.Column("sample", postgresql.JSONB(), nullable=False, server_default="{}")
    )
    for column in ("next_check_at", "leaned", "sample"):
        op.alter_column("provider", column, server_default=None)


def _create_check() -> None:
    op.create_table(
        "provider_check",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("way", _word(), nullable=False),
        sa.Column("capability", _word(), nullable=False),
        sa.Column("is_good", sa.Boolean(), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_provider_check"),
        _key("provider_check"),
    )
    latest = ["provider_id", sa.text("at DESC"), sa.text("id DESC")]
    op.create_index("ix_provider_check_at", "provider_check", ["at"])
    op.create_index("ix_provider_check_latest", "provider_check", latest)


def _create_hour() -> None:
    op.create_table(
        "provider_hour",
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("hour", _time(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id", "hour", name="pk_provider_hour"),
        _key("provider_hour"),
    )
    op.create_index("ix_provider_hour_hour", "provider_hour", ["hour"])


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _word() -> sa.String:
    return sa.String(length=24)


def _key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["provider_id"], ["provider.id"], name=f"fk_{table}_provider_id", ondelete="CASCADE"
    )
