"""Series, and the people and tags that describe them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation.db import Base, Table, now
from app.library.models.library import Direction, Library

LISTED = "missing_since IS NULL AND trashed_at IS NULL"
GROWN = "updated_at - added_at > interval '10 minutes'"


def _on_shelf(name: str, *columns: Any) -> Index:
    """For an order or a filter of what one library lists."""
    return Index(name, "library_id", *columns, postgresql_where=text(LISTED))


class SeriesStatus(StrEnum):
    ONGOING = "ongoing"
    COMPLETED = "completed"
    HIATUS = "hiatus"
    CANCELLED = "cancelled"


class Series(Base):
    """What `(library_id, folder, key)` identifies. Visibility is judged here and nowhere else."""

    __tablename__ = "series"
    __table_args__ = (
        Index("uq_series_identity", "library_id", "folder", "key", unique=True),
        Index("ix_series_title", "library_id", "sort_key", "id", postgresql_where=text(LISTED)),
        Index(
            "ix_series_added",
            text("added_at DESC"),
            text("id DESC"),
            postgresql_where=text(LISTED),
        ),
        Index(
            "ix_series_grown",
            text("updated_at DESC"),
            text("id DESC"),
            postgresql_where=text(f"{LISTED} AND {GROWN}"),
        ),
        Index(
            "ix_series_library_added",
            "library_id",
            text("added_at DESC"),
            text("id DESC"),
            postgresql_where=text(LISTED),
        ),
        Index(
            "ix_series_library_updated",
            "library_id",
            text("updated_at DESC"),
            text("id DESC"),
            postgresql_where=text(LISTED),
        ),
        _on_shelf("ix_series_library_year", text("coalesce(year, 0) DESC"), text("id DESC")),
        _on_shelf("ix_series_library_size", text("position_count DESC"), text("id DESC")),
        _on_shelf("ix_series_library_shuffled", text("md5(id::text)"), "id"),
        _on_shelf("ix_series_library_language", "language"),
        _on_shelf("ix_series_library_status", "status"),
        _on_shelf("ix_series_library_age", "age_rating"),
    )

    library_id: Mapped[UUID] = mapped_column(ForeignKey(Library.id, ondelete="CASCADE"))
    folder: Mapped[bytes]
    """Relative to its root, as the file system names it; empty for the root itself."""
    key: Mapped[str]
    """The folded title it was found under: with the folder, its identity."""
    title: Mapped[str]
    sort_title: Mapped[str | None]
    """What it is filed under, where that is not its title."""
    sort_key: Mapped[str] = mapped_column(Text(collation="C"))
    other_titles: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    summary: Mapped[str | None]
    status: Mapped[SeriesStatus | None]
    year: Mapped[int | None]
    language: Mapped[str | None]
    publisher: Mapped[str | None]
    age_rating: Mapped[int | None]
    direction: Mapped[Direction | None]
    total_chapters: Mapped[int | None]
    links: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    locked_fields: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    sources: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Field name → where its value came from: folder_name, file_name, sidecar, comicinfo, auto, or
    for a person's {origin, by, name, at}."""
    sidecars: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Sidecar file name → [size, mtime_ns, its parsed fields]; read again only when changed."""
    cover_chapter_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("chapter.id", ondelete="SET NULL", use_alter=True), index=True
    )
    cover_page: Mapped[int] = mapped_column(default=1)
    cover_art: Mapped[str | None]
    """The picture a person brought (`foundation.images.artwork`); it counts more than the page."""
    position_count: Mapped[int] = mapped_column(default=0)
    is_followed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Its chapters are awaited from a provider: it stands on the shelf also while it has none."""
    added_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    """When a chapter was last added: "recently updated" is sorted by it."""
    missing_since: Mapped[datetime | None]
    trashed_at: Mapped[datetime | None]

    library: Mapped[Library] = relationship(lazy="raise")
    creators: Mapped[list["SeriesCreator"]] = relationship(
        lazy="raise", order_by="SeriesCreator.place", passive_deletes=True
    )
    tags: Mapped[list["Tag"]] = relationship(
        secondary="series_tag", lazy="raise", order_by="Tag.name", passive_deletes=True
    )


class Creator(Base):
    """A writer, artist, translator: somebody credited, who need not use Bunko."""

    __tablename__ = "creator"

    name: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)


class SeriesCreator(Table):
    __tablename__ = "series_creator"

    series_id: Mapped[UUID] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), primary_key=True
    )
    creator_id: Mapped[UUID] = mapped_column(
        ForeignKey(Creator.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(default=0)

    creator: Mapped[Creator] = relationship(lazy="raise")


class TagKind(StrEnum):
    GENRE = "genre"
    TAG = "tag"


class Tag(Base):
    __tablename__ = "tag"
    __table_args__ = (Index("uq_tag_kind_key", "kind", "key", unique=True),)

    kind: Mapped[TagKind]
    name: Mapped[str]
    key: Mapped[str]


class SeriesTag(Table):
    __tablename__ = "series_tag"

    series_id: Mapped[UUID] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[UUID] = mapped_column(
        ForeignKey(Tag.id, ondelete="CASCADE"), primary_key=True, index=True
    )
