"""Chapters (what is read) and the files that hold them."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation.db import Base, PathBytes, Table, now
from app.library.models.library import Root
from app.library.models.series import LISTED, Series

MISSING = "missing_since IS NOT NULL AND trashed_at IS NULL"


class ChapterKind(StrEnum):
    CHAPTER = "chapter"
    VOLUME = "volume"
    SPECIAL = "special"
    ONESHOT = "oneshot"


class Chapter(Base):
    """What a person reads; progress, bookmarks and URLs refer to it, and its id never changes.

    Chapters of one series that share a `position` are the same chapter in another language
    or by another group; next and previous move between positions.
    """

    __tablename__ = "chapter"
    __table_args__ = (
        Index("ix_chapter_position", "series_id", "position", "id"),
        Index("ix_chapter_added", text("added_at DESC"), "id", postgresql_where=text(LISTED)),
        Index("ix_chapter_missing", "series_id", postgresql_where=text(MISSING)),
    )

    series_id: Mapped[UUID] = mapped_column(ForeignKey(Series.id, ondelete="CASCADE"))
    title: Mapped[str | None]
    number_text: Mapped[str | None]
    number: Mapped[Decimal | None] = mapped_column(Numeric(9, 3))
    number_end: Mapped[Decimal | None] = mapped_column(Numeric(9, 3))
    volume: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    volume_end: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    kind: Mapped[ChapterKind] = mapped_column(default=ChapterKind.CHAPTER)
    language: Mapped[str | None]
    groups: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    released_on: Mapped[date | None]
    position: Mapped[int] = mapped_column(default=0)
    added_at: Mapped[datetime] = mapped_column(default=now)
    missing_since: Mapped[datetime | None]
    trashed_at: Mapped[datetime | None]
    kept: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """Field → {origin, by, name, at} of the person who set or kept it; a scan leaves those alone.
    Among them `series`: the one it was put into."""

    series: Mapped[Series] = relationship(lazy="raise", foreign_keys=[series_id])
    files: Mapped[list["ChapterFile"]] = relationship(
        back_populates="chapter", lazy="raise", passive_deletes=True
    )


class ChapterFile(Base):
    """A file on disk. `missing_since`: vanished from disk. `trashed_at`: deleted by a person."""

    __tablename__ = "chapter_file"
    __table_args__ = (
        Index(
            "uq_chapter_file_place", "root_id", "path", unique=True, postgresql_where=text(LISTED)
        ),
        Index("uq_chapter_file_live", "chapter_id", unique=True, postgresql_where=text(LISTED)),
        Index("ix_chapter_file_chapter_id", "chapter_id"),
        Index("ix_chapter_file_root_id", "root_id"),
        Index("ix_chapter_file_fingerprint", "fingerprint"),
        Index("ix_chapter_file_format", "format", "chapter_id", postgresql_where=text(LISTED)),
    )

    chapter_id: Mapped[UUID] = mapped_column(ForeignKey(Chapter.id, ondelete="CASCADE"))
    root_id: Mapped[UUID] = mapped_column(ForeignKey(Root.id, ondelete="CASCADE"))
    path: Mapped[bytes] = mapped_column(PathBytes)
    """Relative to the root."""
    display_name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    mtime_ns: Mapped[int] = mapped_column(BigInteger)
    inode: Mapped[int] = mapped_column(BigInteger)
    format: Mapped[str]
    """zip, tar or folder."""
    revision: Mapped[int] = mapped_column(default=1)
    fingerprint: Mapped[bytes | None]
    page_count: Mapped[int]
    comicinfo: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What this file says of itself, so that a series is merged again without opening files."""
    described_at: Mapped[datetime | None]
    """When the second pass read its image sizes."""
    missing_since: Mapped[datetime | None]
    trashed_at: Mapped[datetime | None]
    added_at: Mapped[datetime] = mapped_column(default=now)

    chapter: Mapped[Chapter] = relationship(back_populates="files", lazy="raise")
    root: Mapped[Root] = relationship(lazy="raise")


class PageTable(Table):
    """The pages of one revision of one file (`foundation.archives.page_table`); never changed."""

    __tablename__ = "page_table"

    file_id: Mapped[UUID] = mapped_column(
        ForeignKey(ChapterFile.id, ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes]


class PageFacts(Table):
    """What was found out later about the same pages: sizes, crop boxes, strips, spreads."""

    __tablename__ = "page_facts"

    file_id: Mapped[UUID] = mapped_column(
        ForeignKey(ChapterFile.id, ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes]


class FileDigest(Table):
    """Every digest a chapter was ever known by, for moves and for reading apps."""

    __tablename__ = "file_digest"
    __table_args__ = (Index("ix_file_digest_value", "kind", "value"),)

    chapter_id: Mapped[UUID] = mapped_column(
        ForeignKey(Chapter.id, ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes] = mapped_column(primary_key=True)
