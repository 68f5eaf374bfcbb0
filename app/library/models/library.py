"""Libraries, the folders they stand in, who may see them, and what is wrong with their files."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, PathBytes, Table, now


class Direction(StrEnum):
    RIGHT_TO_LEFT = "rtl"
    LEFT_TO_RIGHT = "ltr"
    VERTICAL = "vertical"
    WEBTOON = "webtoon"


class Library(Base):
    __tablename__ = "library"

    name: Mapped[str] = mapped_column(unique=True)
    sort_key: Mapped[str] = mapped_column(Text(collation="C"))
    read_only: Mapped[bool] = mapped_column(default=False)
    direction: Mapped[Direction] = mapped_column(default=Direction.RIGHT_TO_LEFT)
    language: Mapped[str | None]
    unrated_is_adult: Mapped[bool] = mapped_column(default=False)
    ignore_patterns: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    watch: Mapped[bool] = mapped_column(default=True)
    scan_every_hours: Mapped[int] = mapped_column(default=24)
    series_total: Mapped[int] = mapped_column(default=0)
    chapter_total: Mapped[int] = mapped_column(default=0)
    """Kept totals, so that no list has to count a big table."""
    scanned_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    roots: Mapped[list["Root"]] = relationship(
        back_populates="library", lazy="raise", order_by="Root.display_name", passive_deletes=True
    )


class Root(Base):
    """One folder of a library. Offline means unreadable, empty or suspiciously thinned out:
    nothing in it is then marked missing."""

    __tablename__ = "library_root"

    library_id: Mapped[UUID] = mapped_column(ForeignKey(Library.id, ondelete="CASCADE"), index=True)
    path: Mapped[bytes] = mapped_column(PathBytes, unique=True)
    display_name: Mapped[str]
    offline_since: Mapped[datetime | None]
    offline_reason: Mapped[str | None]
    walked_at: Mapped[datetime | None]

    library: Mapped[Library] = relationship(back_populates="roots", lazy="raise")


class Access(Table):
    """This person may see this library. Owners see every library without a row."""

    __tablename__ = "access"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    library_id: Mapped[UUID] = mapped_column(
        ForeignKey(Library.id, ondelete="CASCADE"), primary_key=True, index=True
    )


class HiddenTag(Table):
    """Series with this tag are hidden from this person."""

    __tablename__ = "hidden_tag"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(
        ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Problem(Base):
    """A file or folder that could not be read as it should: one plain line on a screen.

    `size`, `mtime_ns` and `inode` are those of the file when it was judged: while they
    stay the same it is not analysed again.
    """

    __tablename__ = "problem"
    __table_args__ = (
        Index("uq_problem_place", "root_id", "path", "kind", unique=True),
        Index("ix_problem_list", "library_id", text("since DESC"), "id"),
    )

    library_id: Mapped[UUID] = mapped_column(ForeignKey(Library.id, ondelete="CASCADE"))
    root_id: Mapped[UUID] = mapped_column(ForeignKey(Root.id, ondelete="CASCADE"))
    path: Mapped[bytes] = mapped_column(PathBytes)
    display_name: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str]
    size: Mapped[int | None] = mapped_column(BigInteger)
    mtime_ns: Mapped[int | None] = mapped_column(BigInteger)
    inode: Mapped[int | None] = mapped_column(BigInteger)
    since: Mapped[datetime] = mapped_column(default=now)
