"""devices, and how people like to read on them and in single series"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0094"
down_revision = "0085"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("profile", sa.String(24), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_device"),
        sa.UniqueConstraint("user_id", "secret_hash", name="uq_device_user_id_secret_hash"),
        _cascade("device", "user_id", "user_account"),
    )
    op.create_table(
        "series_settings",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "series_id", name="pk_series_settings"),
        _cascade("series_settings", "user_id", "user_account"),
        _cascade("series_settings", "series_id", "series"),
    )
    op.create_index("ix_series_settings_series_id", "series_settings", ["series_id"])


def downgrade() -> None:
    op.drop_table("series_settings")
    op.drop_table("device")


def _cascade(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )
