"""Where each person is in each chapter, the sums the lists are made of, and how they like to read."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.foundation.db import Base, Table, now
from app.library.models import Chapter, Series
from app.reading.profiles import Profile


class Progress(Table):
    """`page` is 1-based. `completed_at` stays until the person marks the chapter unread;
    reading it again moves `reread_page` instead."""

    __tablename__ = "progress"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    chapter_id: Mapped[UUID] = mapped_column(
        ForeignKey(Chapter.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    page: Mapped[int]
    page_count: Mapped[int]
    fraction: Mapped[Decimal | None] = mapped_column(Numeric(6, 5))
    locator: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    completed_at: Mapped[datetime | None]
    reread_page: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    device: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(default=now)


class SeriesReading(Table):
    """One person and one series: what every list and filter asks instead of `progress`.

    Changed in the transaction that changes progress; rebuilt by `bunko doctor`.
    """

    __tablename__ = "series_reading"
    __table_args__ = (Index("ix_series_reading_recent", "user_id", "last_read_at", "series_id"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    series_id: Mapped[UUID] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    read_positions: Mapped[int] = mapped_column(default=0)
    started_positions: Mapped[int] = mapped_column(default=0)
    last_read_at: Mapped[datetime]
    next_chapter_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(Chapter.id, ondelete="SET NULL"), index=True
    )
    """The chapter to continue or begin; None when all is read."""
    put_away_at: Mapped[datetime | None]
    """Not shown on home until it is read again. The one column that is no sum."""


class PreferredVersion(Table):
    """The language and groups that this person reads in this series, where a place has several.
    Without a row their own language decides, then what they read last."""

    __tablename__ = "preferred_version"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    series_id: Mapped[UUID] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    language: Mapped[str | None]
    groups: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)


class Device(Base):
    """What somebody reads on, known again by a cookie of which only the hash is kept.

    `width` and `height` are what a script said of the screen, in its own pixels; 0 where none did.
    """

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("user_id", "secret_hash"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str]
    profile: Mapped[Profile]
    is_chosen: Mapped[bool] = mapped_column(default=False)
    """Whether the person said what kind of device it is; otherwise it is guessed anew."""
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seen_at: Mapped[datetime] = mapped_column(default=now)


class SeriesSettings(Table):
    """How one person reads one series (`reader_settings`), on whatever device."""

    __tablename__ = "series_settings"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    series_id: Mapped[UUID] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Bookmark(Base):
    """A page somebody wants to find again, with a note for themselves."""

    __tablename__ = "bookmark"
    __table_args__ = (
        UniqueConstraint("user_id", "chapter_id", "page"),
        Index("ix_bookmark_newest", "user_id", text("created_at DESC"), text("id DESC")),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    chapter_id: Mapped[UUID] = mapped_column(ForeignKey(Chapter.id, ondelete="CASCADE"), index=True)
    page: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]
    """Kept until the next one is removed, so that the last removal can be undone."""


class ReadingDay(Table):
    """What one person read of one chapter on one day: a line of their history, and what statistics
    are summed from. Written with the progress it tells of.

    `before` is their place when the day began, so that it can be given back; after that it holds
    the place that was taken back (`is_taken_back`), so that this can be undone as well.
    """

    __tablename__ = "reading_day"
    __table_args__ = (
        Index(
            "ix_reading_day_newest",
            "user_id",
            text("ended_at DESC"),
            text("chapter_id DESC"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    chapter_id: Mapped[UUID] = mapped_column(
        ForeignKey(Chapter.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    pages: Mapped[int]
    seconds: Mapped[int] = mapped_column(default=0)
    last_page: Mapped[int]
    is_finished: Mapped[bool]
    """Whether its last page was shown that day."""
    device: Mapped[str | None]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_taken_back: Mapped[bool] = mapped_column(default=False)
    began_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]


class SeriesOpinion(Table):
    """What somebody thinks of a series: for their own eyes only. `rating` is 1 to 10."""

    __tablename__ = "series_opinion"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    series_id: Mapped[UUID] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    rating: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime] = mapped_column(default=now)


class SkippedPage(Table):
    """A page that the reader passes over wherever it turns up in this series: credits, adverts.
    Known by its bytes as the archive's directory tells them (CRC-32 and size)."""

    __tablename__ = "skipped_page"

    series_id: Mapped[UUID] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), primary_key=True
    )
    crc32: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    chosen_by: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    chosen_at: Mapped[datetime] = mapped_column(default=now)
