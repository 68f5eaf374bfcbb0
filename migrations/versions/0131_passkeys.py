"""passkeys"""

import sqlalchemy as sa
from alembic import op

revision = "0131"
down_revision = "0151"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_passkey_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_passkey_user_id", "passkey", ["user_id"])


def downgrade() -> None:
    op.drop_table("passkey")
