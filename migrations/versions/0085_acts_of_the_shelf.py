"""acts on many series, how each person likes a shelf, what was put away from home"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "shelf_act",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("library_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("target_id", sa.UUID(), nullable=True),
        sa.Column("ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_shelf_act"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_shelf_act_user_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["library_id"], ["library.id"], name="fk_shelf_act_library_id", ondelete="CASCADE"
        ),
    )
    for column in ("user_id", "library_id"):
        op.create_index(f"ix_shelf_act_{column}", "shelf_act", [column])
    op.add_column("series_reading", sa.Column("put_away_at", MOMENT, nullable=True))
    op.add_column(
        "preference",
        sa.Column("shelves", postgresql.JSONB(), nullable=False, server_default="{}"),
    )
    op.alter_column("preference", "shelves", server_default=None)


def downgrade() -> None:
    op.drop_column("preference", "shelves")
    op.drop_column("series_reading", "put_away_at")
    op.drop_table("shelf_act")
