"""ended downloads are found by how they ended"""

import sqlalchemy as sa
from alembic import op

revision = "0181"
down_revision = "0180"
branch_labels = None
depends_on = None

LAST_FIRST = [sa.text("finished_at DESC"), sa.text("id DESC")]


def upgrade() -> None:
    op.drop_index("ix_download_finished", "download")
    op.create_index(
        "ix_download_finished",
        "download",
        ["state", *LAST_FIRST],
        postgresql_where=sa.text("finished_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_download_finished", "download")
    op.create_index("ix_download_finished", "download", LAST_FIRST)
