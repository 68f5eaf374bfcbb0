"""who else may say who a person is"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0151"
down_revision = "0122"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sign_in_provider",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("allows_private", sa.Boolean(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("suffices", sa.Boolean(), nullable=False),
        sa.Column("makes_people", sa.Boolean(), nullable=False),
        sa.Column("libraries", postgresql.JSONB(), nullable=False),
        sa.Column("role_claim", sa.Text(), nullable=False),
        sa.Column("manager_value", sa.Text(), nullable=False),
        sa.Column("owner_value", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_provider"),
        sa.UniqueConstraint("issuer", name="uq_sign_in_provider_issuer"),
    )
    op.create_table(
        "linked_identity",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("called", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_linked_identity"),
        sa.UniqueConstraint(
            "provider_id", "subject", name="uq_linked_identity_provider_id_subject"
        ),
        _to("provider_id", "sign_in_provider"),
        _to("user_id", "user_account"),
    )
    op.create_index("ix_linked_identity_user_id", "linked_identity", ["user_id"])


def _to(column: str, other: str) -> sa.ForeignKeyConstraint:
    name = f"fk_linked_identity_{column}"
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("linked_identity")
    op.drop_table("sign_in_provider")
