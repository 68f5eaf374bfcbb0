"""What persons changed about series and chapters, and how series belong together."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.foundation.db import Base, Table, now
from app.library.models import Chapter, Series


class SeriesEdit(Base):
    """One edit of one series, kept for a day so that it can be undone.

    `before` and `after` hold the changed fields by name: {value, locked, source}.
    """

    __tablename__ = "series_edit"

    series_id: Mapped[UUID] = mapped_column(ForeignKey(Series.id, ondelete="CASCADE"), index=True)
    made_by: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    made_at: Mapped[datetime] = mapped_column(default=now, index=True)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


class ChapterEdit(Base):
    """The same of one chapter."""

    __tablename__ = "chapter_edit"

    chapter_id: Mapped[UUID] = mapped_column(ForeignKey(Chapter.id, ondelete="CASCADE"), index=True)
    made_by: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    made_at: Mapped[datetime] = mapped_column(default=now, index=True)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


class RelationKind(StrEnum):
    """What one series is to another, in the order they are shown."""

    PREQUEL = "prequel"
    SEQUEL = "sequel"
    MAIN_STORY = "main_story"
    SIDE_STORY = "side_story"
    SPIN_OFF = "spin_off"
    ORIGINAL = "original"
    ADAPTATION = "adaptation"
    ALTERNATIVE = "alternative"
    SAME_SETTING = "same_setting"


class SeriesRelation(Table):
    """`other` is the `kind` of `series`; there is one row for a pair, whichever way it was said."""

    __tablename__ = "series_relation"

    series_id: Mapped[UUID] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[UUID] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    kind: Mapped[RelationKind]
