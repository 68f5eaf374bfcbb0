"""what went wrong last at a provider is found without what went well"""

import sqlalchemy as sa
from alembic import op

revision = "0165"
down_revision = "0181"
branch_labels = None
depends_on = None

INDEX = "ix_provider_check_bad"


def upgrade() -> None:
    latest = ["provider_id", sa.text("at DESC"), sa.text("id DESC")]
    op.create_index(INDEX, "provider_check", latest, postgresql_where=sa.text("NOT is_good"))


def downgrade() -> None:
    op.drop_index(INDEX, "provider_check")
