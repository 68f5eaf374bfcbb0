"""providers, what is followed there, what was released, and downloads"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0162"
down_revision = "0131"
branch_labels = None
depends_on = None

OPEN = "state IN ('queued', 'waiting', 'running', 'verifying')"
CLAIMABLE = "state IN ('queued', 'waiting') AND paused_at IS NULL"


def upgrade() -> None:
    _create_provider()
    _create_source()
    _create_release()
    _create_download()


def downgrade() -> None:
    for table in ("download", "release", "source", "provider"):
        op.drop_table(table)


def _create_provider() -> None:
    op.create_table(
        "provider",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("driver", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("allowed", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("paused_at", _time(), nullable=True),
        sa.Column("health", _word(), nullable=False),
        sa.Column("health_since", _time(), nullable=False),
        sa.Column("health_reason", sa.Text(), nullable=True),
        sa.Column("checked_at", _time(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_provider"),
    )
    op.create_index("uq_provider_name", "provider", [sa.text("lower(name)")], unique=True)


def _create_source() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("groups", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("keep", _word(), nullable=False),
        sa.Column("next_check_at", _time(), nullable=False),
        sa.Column("check_every", sa.Integer(), nullable=False),
        sa.Column("checked_at", _time(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("followed_by", sa.UUID(), nullable=True),
        sa.Column("followed_at", _time(), nullable=False),
        sa.Column("stopped_at", _time(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        _key("source", "series_id", "series", "CASCADE"),
        _key("source", "provider_id", "provider", "CASCADE"),
        _key("source", "followed_by", "user_account", "SET NULL"),
    )
    whole = ["series_id", "provider_id", "remote_id"]
    op.create_index("uq_source_identity", "source", whole, unique=True)
    op.create_index("ix_source_remote", "source", ["provider_id", "remote_id"])
    op.create_index("ix_source_followed_by", "source", ["followed_by"])
    op.create_index(
        "ix_source_due", "source", ["next_check_at"], postgresql_where=sa.text("stopped_at IS NULL")
    )


def _create_release() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("source_id", sa.UUID(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("number_text", sa.Text(), nullable=False),
        sa.Column("number", sa.Numeric(9, 3), nullable=True),
        sa.Column("volume", sa.Numeric(7, 2), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("groups", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("published_at", _time(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("why_not", sa.Text(), nullable=True),
        sa.Column("seen_at", _time(), nullable=False),
        sa.Column("removed_at", _time(), nullable=True),
        sa.Column("chapter_id", sa.UUID(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_release"),
        _key("release", "source_id", "source", "CASCADE"),
        _key("release", "chapter_id", "chapter", "SET NULL"),
    )
    op.create_index("uq_release_identity", "release", ["source_id", "remote_id"], unique=True)
    op.create_index("ix_release_number", "release", ["source_id", "number", "id"])
    op.create_index("ix_release_seen", "release", [sa.text("seen_at DESC"), "id"])
    op.create_index("ix_release_chapter_id", "release", ["chapter_id"])


def _create_download() -> None:
    op.create_table(
        "download",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("release_id", sa.UUID(), nullable=False),
        sa.Column("series_id", sa.UUID(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("state", _word(), nullable=False),
        sa.Column("paused_at", _time(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("run_at", _time(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("pages_done", sa.Integer(), nullable=False),
        sa.Column("pages_total", sa.Integer(), nullable=True),
        sa.Column("bytes_done", sa.BigInteger(), nullable=False),
        sa.Column("page_list", sa.Text(), nullable=True),
        sa.Column("path", sa.LargeBinary(), nullable=True),
        sa.Column("chapter_id", sa.UUID(), nullable=True),
        sa.Column("requested_by", sa.UUID(), nullable=True),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("started_at", _time(), nullable=True),
        sa.Column("finished_at", _time(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_download"),
        _key("download", "release_id", "release", "CASCADE"),
        _key("download", "series_id", "series", "CASCADE"),
        _key("download", "provider_id", "provider", "CASCADE"),
        _key("download", "chapter_id", "chapter", "SET NULL"),
        _key("download", "requested_by", "user_account", "SET NULL"),
    )
    order = [sa.text("priority DESC"), "place", "id"]
    op.create_index(
        "uq_download_open", "download", ["release_id"], unique=True, postgresql_where=sa.text(OPEN)
    )
    op.create_index(
        "ix_download_next", "download", ["provider_id", *order], postgresql_where=sa.text(CLAIMABLE)
    )
    op.create_index("ix_download_open", "download", order, postgresql_where=sa.text(OPEN))
    latest = [sa.text("finished_at DESC"), sa.text("id DESC")]
    op.create_index("ix_download_finished", "download", latest)
    op.create_index("ix_download_release_id", "download", ["release_id"])
    op.create_index("ix_download_provider_id", "download", ["provider_id", "state"])
    op.create_index("ix_download_series_id", "download", ["series_id", "state"])
    for column in ("chapter_id", "requested_by"):
        op.create_index(f"ix_download_{column}", "download", [column])


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _word() -> sa.String:
    return sa.String(length=24)


def _key(table: str, column: str, of: str, gone: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{of}.id"], name=f"fk_{table}_{column}", ondelete=gone
    )
