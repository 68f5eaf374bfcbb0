"""family tablets, who can be chosen on them, and their PINs"""

import sqlalchemy as sa
from alembic import op

revision = "0122"
down_revision = "0121"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "family_tablet",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("trusted_by", sa.UUID(), nullable=False),
        sa.Column("trusted_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_family_tablet"),
        sa.UniqueConstraint("secret_hash", name="uq_family_tablet_secret_hash"),
        _to("family_tablet", "trusted_by", "user_account"),
    )
    op.create_index("ix_family_tablet_trusted_by", "family_tablet", ["trusted_by"])
    op.create_table(
        "family_tablet_person",
        sa.Column("tablet_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("tablet_id", "user_id", name="pk_family_tablet_person"),
        _to("family_tablet_person", "tablet_id", "family_tablet"),
        _to("family_tablet_person", "user_id", "user_account"),
    )
    op.create_index("ix_family_tablet_person_user_id", "family_tablet_person", ["user_id"])
    op.add_column("session", sa.Column("tablet_id", sa.UUID(), nullable=True))
    op.create_foreign_key(
        "fk_session_tablet_id",
        "session",
        "family_tablet",
        ["tablet_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index("ix_session_tablet_id", "session", ["tablet_id"])
    op.add_column("user_account", sa.Column("pin_hash", sa.Text(), nullable=True))


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )


def downgrade() -> None:
    op.drop_column("user_account", "pin_hash")
    # Nobody stays signed in without a password where no tablet says why.
    op.execute("DELETE FROM session WHERE tablet_id IS NOT NULL")
    op.drop_index("ix_session_tablet_id", table_name="session")
    op.drop_constraint("fk_session_tablet_id", "session", type_="foreignkey")
    op.drop_column("session", "tablet_id")
    op.drop_table("family_tablet_person")
    op.drop_table("family_tablet")
