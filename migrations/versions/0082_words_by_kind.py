"""words of summaries and of chapter titles each get an index: a search wants one or the other"""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0088"
branch_labels = None
depends_on = None

KINDS = ("series", "chapter")


def upgrade() -> None:
    op.drop_index("ix_search_document_words", table_name="search_document")
    for kind in KINDS:
        op.create_index(
            f"ix_search_document_{kind}_words",
            "search_document",
            ["words"],
            postgresql_using="gin",
            postgresql_where=sa.text(f"kind = '{kind}'"),
        )


def downgrade() -> None:
    for kind in KINDS:
        op.drop_index(f"ix_search_document_{kind}_words", table_name="search_document")
    op.create_index(
        "ix_search_document_words", "search_document", ["words"], postgresql_using="gin"
    )
