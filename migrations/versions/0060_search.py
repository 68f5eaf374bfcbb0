"""what a search ranks by; recent searches and smart lists"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0020"
branch_labels = None
depends_on = None

INDEXES = ("ix_search_document_grams", "ix_search_document_words")
# As app.library.grams.search_text does it, as far as Postgres can.
FOLDED = r"""
    CREATE FUNCTION pg_temp.folded(foreign_text text) RETURNS text LANGUAGE sql AS $$
        SELECT trim(regexp_replace(
            translate(
                lower(normalize(
                    regexp_replace(normalize(foreign_text, NFKD), '[\u0300-\u036f]', '', 'g'), NFKC
                )),
                'ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトド'
                'ナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶ',
                'ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとど'
                'なにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわゐゑをんゔゕゖ'
            ),
            '[^[:alnum:]]+', ' ', 'g'
        ))
    $$
"""
SPACED = r"""
    CREATE FUNCTION pg_temp.spaced(foreign_text text) RETURNS text LANGUAGE sql AS $$
        SELECT regexp_replace(pg_temp.folded(foreign_text),
            '([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])', ' \1 ', 'g')
    $$
"""
LINES = r"""
    CREATE FUNCTION pg_temp.lines(texts text[]) RETURNS text LANGUAGE sql AS $$
        SELECT coalesce(E'\n' || string_agg(nullif(pg_temp.folded(one), ''), E'\n') || E'\n', '')
        FROM unnest(texts) AS one
    $$
"""
SERIES = """
    UPDATE search_document d SET
        title = pg_temp.folded(s.title),
        names = pg_temp.lines(ARRAY(
            SELECT other->>'title' FROM jsonb_array_elements(s.other_titles) AS other
            WHERE other->>'title' IS NOT NULL)),
        about = pg_temp.lines(ARRAY(
                SELECT c.name FROM series_creator sc JOIN creator c ON c.id = sc.creator_id
                WHERE sc.series_id = s.id ORDER BY sc.place)
            || ARRAY(
                SELECT t.name FROM series_tag st JOIN tag t ON t.id = st.tag_id
                WHERE st.series_id = s.id)),
        words = to_tsvector('simple', pg_temp.spaced(left(coalesce(s.summary, ''), 20000)))
    FROM series s WHERE d.kind = 'series' AND d.id = s.id
"""
CHAPTERS = """
    UPDATE search_document d SET words = to_tsvector('simple', pg_temp.spaced(c.title))
    FROM chapter c WHERE d.kind = 'chapter' AND d.id = c.id AND c.title <> ''
"""


def upgrade() -> None:
    op.add_column(
        "search_document",
        sa.Column("title", sa.Text(collation="C"), server_default="", nullable=False),
    )
    for name in ("names", "about"):
        op.add_column(
            "search_document", sa.Column(name, sa.Text(), server_default="", nullable=False)
        )
    op.create_index(
        "ix_search_document_title",
        "search_document",
        ["title", "id"],
        postgresql_where=sa.text("title > ''"),
    )
    _describe_what_is_there()
    for name in INDEXES:
        # What a scan just wrote is looked through entry by entry until it is sorted in: a little.
        op.execute(f"ALTER INDEX {name} SET (gin_pending_list_limit = 256)")
    op.create_table(
        "recent_search",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("searched_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_person("recent_search"),
        sa.PrimaryKeyConstraint("user_id", "query", name=op.f("pk_recent_search")),
    )
    op.create_table(
        "smart_list",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        _of_a_person("smart_list"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_smart_list")),
    )
    op.create_index("ix_smart_list_position", "smart_list", ["user_id", "position"])


def downgrade() -> None:
    op.drop_table("smart_list")
    op.drop_table("recent_search")
    for name in INDEXES:
        op.execute(f"ALTER INDEX {name} RESET (gin_pending_list_limit)")
    op.drop_index("ix_search_document_title", table_name="search_document")
    for name in ("about", "names", "title"):
        op.drop_column("search_document", name)


def _describe_what_is_there() -> None:
    """Libraries scanned before this are found without another scan."""
    for statement in (FOLDED, SPACED, LINES, SERIES, CHAPTERS):
        op.get_bind().exec_driver_sql(statement)


def _of_a_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["user_account.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"
    )
