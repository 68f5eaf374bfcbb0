"""second factors, the step between password and session, and how a session began"""

import sqlalchemy as sa
from alembic import op

revision = "0130"
down_revision = "0110"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "session", sa.Column("way", sa.String(24), server_default="password", nullable=False)
    )
    op.alter_column("session", "way", server_default=None)
    op.add_column("session", sa.Column("second", sa.String(24), nullable=True))
    _challenges()
    _authenticators()
    _backup_codes()


def _challenges() -> None:
    op.create_table(
        "sign_in_challenge",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("way", sa.String(24), nullable=False),
        sa.Column("stays", sa.Boolean(), nullable=False),
        sa.Column("then", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_challenge"),
        sa.UniqueConstraint("secret_hash", name="uq_sign_in_challenge_secret_hash"),
        _of_a_person("sign_in_challenge"),
    )
    op.create_index("ix_sign_in_challenge_user_id", "sign_in_challenge", ["user_id"])
    op.create_index("ix_sign_in_challenge_expires_at", "sign_in_challenge", ["expires_at"])


def _authenticators() -> None:
    op.create_table(
        "authenticator",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=True),
        sa.Column("new_seed", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("enabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_authenticator"),
        _of_a_person("authenticator"),
    )


def _backup_codes() -> None:
    op.create_table(
        "backup_code",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_backup_code"),
        sa.UniqueConstraint("user_id", "code_hash", name="uq_backup_code_user_id_code_hash"),
        _of_a_person("backup_code"),
    )


def _of_a_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["user_account.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"
    )


def downgrade() -> None:
    for table in ("backup_code", "authenticator", "sign_in_challenge"):
        op.drop_table(table)
    op.drop_column("session", "second")
    op.drop_column("session", "way")
