"""app passwords, and the tokens that programs exchange them for"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0140"
down_revision = "0120"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
WORDS = postgresql.ARRAY(sa.Text())


def upgrade() -> None:
    op.create_table(
        "app_password",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", WORDS, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("md5_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_app_password"),
        sa.UniqueConstraint("user_id", "name", name="uq_app_password_user_id_name"),
        sa.UniqueConstraint("secret_hash", name="uq_app_password_secret_hash"),
        sa.UniqueConstraint("md5_hash", name="uq_app_password_md5_hash"),
        _to("app_password", "user_id", "user_account"),
    )
    op.create_index("ix_app_password_expires_at", "app_password", ["expires_at"])
    op.create_table(
        "token_family",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("app_password_id", sa.UUID(), nullable=False),
        sa.Column("scopes", WORDS, nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_token_family"),
        _to("token_family", "app_password_id", "app_password"),
    )
    for column in ("app_password_id", "used_at", "expires_at"):
        op.create_index(f"ix_token_family_{column}", "token_family", [column])
    op.create_table(
        "refresh_token",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("family_id", sa.UUID(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("spent_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refresh_token"),
        sa.UniqueConstraint("secret_hash", name="uq_refresh_token_secret_hash"),
        _to("refresh_token", "family_id", "token_family"),
    )
    op.create_index("ix_refresh_token_family_id", "refresh_token", ["family_id"])


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}", ondelete="CASCADE"
    )


def downgrade() -> None:
    for table in ("refresh_token", "token_family", "app_password"):
        op.drop_table(table)
