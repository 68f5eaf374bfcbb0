"""What people put together from the shelf: favourites, collections of series, lists of chapters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.foundation.db import Base, Table, now
from app.library.models import Chapter, Series


class Favourite(Table):
    __tablename__ = "favourite"
    __table_args__ = (
        Index("ix_favourite_recent", "user_id", text("added_at DESC"), text("series_id DESC")),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    series_id: Mapped[UUID] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    added_at: Mapped[datetime] = mapped_column(default=now)


class Collection(Base):
    """Series that belong together, put in order by managers for everybody.

    Removed ones are kept for a while (`removed_at`), so that the removal can be undone.
    """

    __tablename__ = "collection"
    __table_args__ = (Index("ix_collection_name", "sort_key", "id"),)

    name: Mapped[str]
    sort_key: Mapped[str] = mapped_column(Text(collation="C"))
    summary: Mapped[str | None]
    created_by: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]


class CollectionSeries(Table):
    """`position` only says the order; there may be gaps, and below zero."""

    __tablename__ = "collection_series"
    __table_args__ = (
        UniqueConstraint("collection_id", "position", deferrable=True, initially="DEFERRED"),
    )

    collection_id: Mapped[UUID] = mapped_column(
        ForeignKey(Collection.id, ondelete="CASCADE"), primary_key=True
    )
    series_id: Mapped[UUID] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]


class ReadingList(Base):
    """Chapters across series in an order to read them in; one person's, or shared by them."""

    __tablename__ = "reading_list"
    __table_args__ = (Index("ix_reading_list_name", "sort_key", "id"),)

    owner_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    name: Mapped[str]
    sort_key: Mapped[str] = mapped_column(Text(collation="C"))
    summary: Mapped[str | None]
    is_shared: Mapped[bool] = mapped_column(default=False)
    unmatched: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """Books of an imported file that were not on the shelf: `cbl.Book` with its `place`."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]


class ReadingListChapter(Table):
    __tablename__ = "reading_list_chapter"
    __table_args__ = (
        UniqueConstraint("list_id", "position", deferrable=True, initially="DEFERRED"),
    )

    list_id: Mapped[UUID] = mapped_column(
        ForeignKey(ReadingList.id, ondelete="CASCADE"), primary_key=True
    )
    chapter_id: Mapped[UUID] = mapped_column(
        ForeignKey(Chapter.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]
