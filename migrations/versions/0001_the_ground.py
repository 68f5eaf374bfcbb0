"""the ground: people, sessions, libraries, chapters, progress, jobs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "creator",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_creator")),
        sa.UniqueConstraint("key", name=op.f("uq_creator_key")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_by", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_finished", "job", [sa.literal_column("finished_at DESC"), "id"], unique=False
    )
    op.create_index(
        "ix_job_lease",
        "job",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "ix_job_waiting",
        "job",
        [sa.literal_column("priority DESC"), "run_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_job_active_key",
        "job",
        ["kind", "key"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.create_table(
        "library",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("direction", sa.String(length=24), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("unrated_is_adult", sa.Boolean(), nullable=False),
        sa.Column("ignore_patterns", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("watch", sa.Boolean(), nullable=False),
        sa.Column("scan_every_hours", sa.Integer(), nullable=False),
        sa.Column("series_total", sa.Integer(), nullable=False),
        sa.Column("chapter_total", sa.Integer(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library")),
        sa.UniqueConstraint("name", name=op.f("uq_library_name")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
    )
    op.create_index("uq_tag_kind_key", "tag", ["kind", "key"], unique=True)
    op.create_table(
        "throttle",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_updated_at"), "throttle", ["updated_at"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("age_limit", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("name_key", name=op.f("uq_user_account_name_key")),
    )
    op.create_index(
        "uq_user_account_email",
        "user_account",
        [sa.literal_column("lower(email)")],
        unique=True,
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.create_table(
        "access",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("library_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library_id"], ["library.id"], name=op.f("fk_access_library_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_access_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "library_id", name=op.f("pk_access")),
    )
    op.create_index(op.f("ix_access_library_id"), "access", ["library_id"], unique=False)
    op.create_table(
        "hidden_tag",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("tag_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name=op.f("fk_hidden_tag_tag_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_hidden_tag_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "tag_id", name=op.f("pk_hidden_tag")),
    )
    op.create_index(op.f("ix_hidden_tag_tag_id"), "hidden_tag", ["tag_id"], unique=False)
    op.create_table(
        "library_root",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("library_id", sa.UUID(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("offline_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offline_reason", sa.Text(), nullable=True),
        sa.Column("walked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["library.id"],
            name=op.f("fk_library_root_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_root")),
        sa.UniqueConstraint("path", name=op.f("uq_library_root_path")),
    )
    op.create_index(
        op.f("ix_library_root_library_id"), "library_root", ["library_id"], unique=False
    )
    op.create_table(
        "one_time_token",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_one_time_token_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_token")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_one_time_token_secret_hash")),
    )
    op.create_index(op.f("ix_one_time_token_user_id"), "one_time_token", ["user_id"], unique=False)
    op.create_table(
        "preference",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("theme", sa.String(length=24), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("reading", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_preference_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_preference")),
    )
    op.create_table(
        "search_document",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("library_id", sa.UUID(), nullable=False),
        sa.Column("grams", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=True),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["library.id"],
            name=op.f("fk_search_document_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_search_document")),
    )
    op.create_index(
        "ix_search_document_grams",
        "search_document",
        ["grams"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_search_document_library_id"), "search_document", ["library_id"], unique=False
    )
    op.create_index(
        "ix_search_document_words",
        "search_document",
        ["words"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "series",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("library_id", sa.UUID(), nullable=False),
        sa.Column("folder", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
        sa.Column("other_titles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("age_rating", sa.Integer(), nullable=True),
        sa.Column("direction", sa.String(length=24), nullable=True),
        sa.Column("total_chapters", sa.Integer(), nullable=True),
        sa.Column("links", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("locked_fields", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("sources", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sidecars", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cover_chapter_id", sa.UUID(), nullable=True),
        sa.Column("cover_page", sa.Integer(), nullable=False),
        sa.Column("position_count", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["cover_chapter_id"],
            ["chapter.id"],
            name=op.f("fk_series_cover_chapter_id"),
            ondelete="SET NULL",
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["library_id"], ["library.id"], name=op.f("fk_series_library_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_index(
        "ix_series_added",
        "series",
        [sa.literal_column("added_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.create_index(
        op.f("ix_series_cover_chapter_id"), "series", ["cover_chapter_id"], unique=False
    )
    op.create_index(
        "ix_series_library_added",
        "series",
        ["library_id", sa.literal_column("added_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.create_index(
        "ix_series_library_updated",
        "series",
        ["library_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.create_index(
        "ix_series_title",
        "series",
        ["library_id", "sort_key", "id"],
        unique=False,
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.create_index("uq_series_identity", "series", ["library_id", "folder", "key"], unique=True)
    op.create_table(
        "session",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("stays", sa.Boolean(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_session_secret_hash")),
    )
    op.create_index(op.f("ix_session_expires_at"), "session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_session_user_id"), "session", ["user_id"], unique=False)
    op.create_table(
        "chapter",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("number_text", sa.Text(), nullable=True),
        sa.Column("number", sa.Numeric(precision=9, scale=3), nullable=True),
        sa.Column("number_end", sa.Numeric(precision=9, scale=3), nullable=True),
        sa.Column("volume", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("volume_end", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("groups", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_chapter_series_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chapter")),
    )
    op.create_index(
        "ix_chapter_added",
        "chapter",
        [sa.literal_column("added_at DESC"), "id"],
        unique=False,
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.create_index("ix_chapter_position", "chapter", ["series_id", "position", "id"], unique=False)
    op.create_table(
        "problem",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("library_id", sa.UUID(), nullable=False),
        sa.Column("root_id", sa.UUID(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=True),
        sa.Column("inode", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["library_id"], ["library.id"], name=op.f("fk_problem_library_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["root_id"], ["library_root.id"], name=op.f("fk_problem_root_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
    )
    op.create_index(
        "ix_problem_list",
        "problem",
        ["library_id", sa.literal_column("since DESC"), "id"],
        unique=False,
    )
    op.create_index("uq_problem_place", "problem", ["root_id", "path", "kind"], unique=True)
    op.create_table(
        "series_creator",
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("creator_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["creator_id"],
            ["creator.id"],
            name=op.f("fk_series_creator_creator_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["series.id"],
            name=op.f("fk_series_creator_series_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("series_id", "creator_id", "role", name=op.f("pk_series_creator")),
    )
    op.create_index(
        op.f("ix_series_creator_creator_id"), "series_creator", ["creator_id"], unique=False
    )
    op.create_table(
        "series_tag",
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("tag_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_tag_series_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name=op.f("fk_series_tag_tag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("series_id", "tag_id", name=op.f("pk_series_tag")),
    )
    op.create_index(op.f("ix_series_tag_tag_id"), "series_tag", ["tag_id"], unique=False)
    op.create_table(
        "chapter_file",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("chapter_id", sa.UUID(), nullable=False),
        sa.Column("root_id", sa.UUID(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("comicinfo", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("described_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["chapter_id"],
            ["chapter.id"],
            name=op.f("fk_chapter_file_chapter_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["root_id"],
            ["library_root.id"],
            name=op.f("fk_chapter_file_root_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chapter_file")),
    )
    op.create_index("ix_chapter_file_chapter_id", "chapter_file", ["chapter_id"], unique=False)
    op.create_index("ix_chapter_file_fingerprint", "chapter_file", ["fingerprint"], unique=False)
    op.create_index("ix_chapter_file_root_id", "chapter_file", ["root_id"], unique=False)
    op.create_index(
        "uq_chapter_file_live",
        "chapter_file",
        ["chapter_id"],
        unique=True,
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.create_index(
        "uq_chapter_file_place",
        "chapter_file",
        ["root_id", "path"],
        unique=True,
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.create_table(
        "file_digest",
        sa.Column("chapter_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chapter_id"],
            ["chapter.id"],
            name=op.f("fk_file_digest_chapter_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("chapter_id", "kind", "value", name=op.f("pk_file_digest")),
    )
    op.create_index("ix_file_digest_value", "file_digest", ["kind", "value"], unique=False)
    op.create_table(
        "progress",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("chapter_id", sa.UUID(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("fraction", sa.Numeric(precision=6, scale=5), nullable=True),
        sa.Column("locator", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reread_page", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["chapter_id"], ["chapter.id"], name=op.f("fk_progress_chapter_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_progress_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "chapter_id", name=op.f("pk_progress")),
    )
    op.create_index(op.f("ix_progress_chapter_id"), "progress", ["chapter_id"], unique=False)
    op.create_table(
        "series_reading",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("read_positions", sa.Integer(), nullable=False),
        sa.Column("started_positions", sa.Integer(), nullable=False),
        sa.Column("last_read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_chapter_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["next_chapter_id"],
            ["chapter.id"],
            name=op.f("fk_series_reading_next_chapter_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["series.id"],
            name=op.f("fk_series_reading_series_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_series_reading_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "series_id", name=op.f("pk_series_reading")),
    )
    op.create_index(
        op.f("ix_series_reading_next_chapter_id"),
        "series_reading",
        ["next_chapter_id"],
        unique=False,
    )
    op.create_index(
        "ix_series_reading_recent",
        "series_reading",
        ["user_id", "last_read_at", "series_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_series_reading_series_id"), "series_reading", ["series_id"], unique=False
    )
    op.create_table(
        "page_facts",
        sa.Column("file_id", sa.UUID(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["chapter_file.id"], name=op.f("fk_page_facts_file_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "revision", name=op.f("pk_page_facts")),
    )
    op.create_table(
        "page_table",
        sa.Column("file_id", sa.UUID(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["chapter_file.id"], name=op.f("fk_page_table_file_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "revision", name=op.f("pk_page_table")),
    )
    # series and chapter point at each other: this one can only be added when both exist.
    op.create_foreign_key(
        op.f("fk_series_cover_chapter_id"),
        "series",
        "chapter",
        ["cover_chapter_id"],
        ["id"],
        ondelete="SET NULL",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_series_cover_chapter_id"), "series", type_="foreignkey")
    op.drop_table("page_table")
    op.drop_table("page_facts")
    op.drop_index(op.f("ix_series_reading_series_id"), table_name="series_reading")
    op.drop_index("ix_series_reading_recent", table_name="series_reading")
    op.drop_index(op.f("ix_series_reading_next_chapter_id"), table_name="series_reading")
    op.drop_table("series_reading")
    op.drop_index(op.f("ix_progress_chapter_id"), table_name="progress")
    op.drop_table("progress")
    op.drop_index("ix_file_digest_value", table_name="file_digest")
    op.drop_table("file_digest")
    op.drop_index(
        "uq_chapter_file_place",
        table_name="chapter_file",
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.drop_index(
        "uq_chapter_file_live",
        table_name="chapter_file",
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.drop_index("ix_chapter_file_root_id", table_name="chapter_file")
    op.drop_index("ix_chapter_file_fingerprint", table_name="chapter_file")
    op.drop_index("ix_chapter_file_chapter_id", table_name="chapter_file")
    op.drop_table("chapter_file")
    op.drop_index(op.f("ix_series_tag_tag_id"), table_name="series_tag")
    op.drop_table("series_tag")
    op.drop_index(op.f("ix_series_creator_creator_id"), table_name="series_creator")
    op.drop_table("series_creator")
    op.drop_index("uq_problem_place", table_name="problem")
    op.drop_index("ix_problem_list", table_name="problem")
    op.drop_table("problem")
    op.drop_index("ix_chapter_position", table_name="chapter")
    op.drop_index(
        "ix_chapter_added",
        table_name="chapter",
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.drop_table("chapter")
    op.drop_index(op.f("ix_session_user_id"), table_name="session")
    op.drop_index(op.f("ix_session_expires_at"), table_name="session")
    op.drop_table("session")
    op.drop_index("uq_series_identity", table_name="series")
    op.drop_index(
        "ix_series_title",
        table_name="series",
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.drop_index(
        "ix_series_library_updated",
        table_name="series",
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.drop_index(
        "ix_series_library_added",
        table_name="series",
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.drop_index(op.f("ix_series_cover_chapter_id"), table_name="series")
    op.drop_index(
        "ix_series_added",
        table_name="series",
        postgresql_where=sa.text("missing_since IS NULL AND trashed_at IS NULL"),
    )
    op.drop_table("series")
    op.drop_index("ix_search_document_words", table_name="search_document", postgresql_using="gin")
    op.drop_index(op.f("ix_search_document_library_id"), table_name="search_document")
    op.drop_index("ix_search_document_grams", table_name="search_document", postgresql_using="gin")
    op.drop_table("search_document")
    op.drop_table("preference")
    op.drop_index(op.f("ix_one_time_token_user_id"), table_name="one_time_token")
    op.drop_table("one_time_token")
    op.drop_index(op.f("ix_library_root_library_id"), table_name="library_root")
    op.drop_table("library_root")
    op.drop_index(op.f("ix_hidden_tag_tag_id"), table_name="hidden_tag")
    op.drop_table("hidden_tag")
    op.drop_index(op.f("ix_access_library_id"), table_name="access")
    op.drop_table("access")
    op.drop_index(
        "uq_user_account_email",
        table_name="user_account",
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.drop_table("user_account")
    op.drop_index(op.f("ix_throttle_updated_at"), table_name="throttle")
    op.drop_table("throttle")
    op.drop_index("uq_tag_kind_key", table_name="tag")
    op.drop_table("tag")
    op.drop_table("setting")
    op.drop_table("library")
    op.drop_index(
        "uq_job_active_key",
        table_name="job",
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.drop_index("ix_job_waiting", table_name="job", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("ix_job_lease", table_name="job", postgresql_where=sa.text("state = 'running'"))
    op.drop_index("ix_job_finished", table_name="job")
    op.drop_table("job")
    op.drop_table("creator")
