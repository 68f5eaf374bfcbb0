"""three letters in a row among the grams of a search document"""

from alembic import op

revision = "0240"
down_revision = "0196"
branch_labels = None
depends_on = None

ADD = r"""
    UPDATE search_document AS d SET grams = ARRAY(
        SELECT gram FROM (
            SELECT unnest(d.grams) UNION SELECT substr(word, at, 3)
            FROM regexp_split_to_table(concat_ws(E'\n', d.title, d.names, d.about), '[ \n]+') AS word,
                generate_series(1, length(word) - 2) AS at
        ) AS made (gram) ORDER BY gram COLLATE "C")
    WHERE d.kind = 'series'
"""
TAKE_AWAY = """
    UPDATE search_document AS d SET grams = ARRAY(
        SELECT gram FROM unnest(d.grams) AS gram WHERE length(gram) < 3 ORDER BY gram COLLATE "C")
    WHERE d.kind = 'series'
"""


def upgrade() -> None:
    _write(ADD)


def downgrade() -> None:
    _write(TAKE_AWAY)


def _write(change: str) -> None:
    """The index is made anew of all rows, which takes a fraction of changing it row by row."""
    op.drop_index("ix_search_document_grams", "search_document")
    op.execute(change)
    op.create_index(
        "ix_search_document_grams",
        "search_document",
        ["grams"],
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 256},
    )
