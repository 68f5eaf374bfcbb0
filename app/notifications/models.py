"""What people are told, and which of it by mail."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.foundation.db import Base, SentenceText, Table, now
from app.library.models import Series


class Kind(StrEnum):
    """People choose by kind what is told by mail, too. Each value stays what it is: it is kept."""

    PROVIDER = "provider"
    """One that Bunko asks went down, or is well again. For those who run this Bunko."""
    DOWNLOAD = "download"
    """A chapter could not be brought here."""
    RELEASE = "release"
    """New chapters of what somebody follows."""


UNREAD = "read_at IS NULL"


class Notification(Base):
    """One line in somebody's inbox. `sentence` is English, as it stands in the code, and is
    translated, with `words` in their places, where it is shown; `detail` as well. A line about a
    series is there only for those who may see it."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_inbox", "user_id", text("at DESC"), text("id DESC")),
        Index("ix_notification_unread", "user_id", postgresql_where=text(UNREAD)),
        Index(
            "uq_notification_about",
            "user_id",
            "kind",
            "about",
            unique=True,
            postgresql_where=text(UNREAD),
        ),
        Index("ix_notification_at", "at"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    kind: Mapped[Kind]
    sentence: Mapped[str]
    words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    detail: Mapped[str | None] = mapped_column(SentenceText)
    link: Mapped[str] = mapped_column(default="")
    about: Mapped[str | None]
    """While a line about this is unread, the next one takes its place."""
    series_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(Series.id, ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]


class NotificationByMail(Table):
    """Somebody wants letters of this kind."""

    __tablename__ = "notification_by_mail"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    kind: Mapped[Kind] = mapped_column(primary_key=True)
