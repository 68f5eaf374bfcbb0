"""who came in and who tried to"""

import sqlalchemy as sa
from alembic import op

revision = "0111"
down_revision = "0161"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("is_good", sa.Boolean(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_sign_in_user_id", ondelete="CASCADE"
        ),
    )
    newest = [sa.text("at DESC"), sa.text("id DESC")]
    op.create_index("ix_sign_in_newest", "sign_in", ["user_id", *newest])
    op.create_index("ix_sign_in_at", "sign_in", ["at"])
    op.add_column("user_account", sa.Column("new_session_id", sa.UUID(), nullable=True))


def downgrade() -> None:
    op.drop_column("user_account", "new_session_id")
    op.drop_table("sign_in")
