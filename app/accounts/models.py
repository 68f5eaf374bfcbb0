"""Who uses this Bunko, and how each of them likes it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation.db import Base, Table, now


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    READER = "reader"


class Unrated(StrEnum):
    """What an age limit makes of series whose age nobody said."""

    LIBRARY = "library"
    """Each library says whether these are for adults."""
    SHOW = "show"
    HIDE = "hide"


class Theme(StrEnum):
    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"
    SEPIA = "sepia"
    E_INK = "e-ink"


NO_PASSWORD = "!"  # noqa: S105 - no hash: nothing that is typed is ever right


class User(Base):
    """A person with a sign-in. `name_key` is the folded name, by which nobody is twice."""

    __tablename__ = "user_account"
    __table_args__ = (
        Index(
            "uq_user_account_email",
            func.lower(text("email")),
            unique=True,
            postgresql_where=text("email IS NOT NULL"),
        ),
    )

    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]
    """When they followed a link that was sent to it."""
    new_email: Mapped[str | None]
    """The address that counts once its link was followed."""
    new_session_id: Mapped[UUID | None]
    """Of a device that is new here, when no mail told of it: shown on their screens elsewhere."""
    password_hash: Mapped[str]
    pin_hash: Mapped[str | None]
    """Of the PIN that is asked for on a family tablet; without one nobody asks."""
    password_changed_at: Mapped[datetime] = mapped_column(default=now)
    role: Mapped[Role] = mapped_column(default=Role.READER)
    disabled_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    """When they made themselves an account that no owner has let in so far; disabled meanwhile."""
    age_limit: Mapped[int | None]
    """The highest age rating this person sees, in years; None is no limit."""
    unrated: Mapped[Unrated] = mapped_column(default=Unrated.LIBRARY)
    created_at: Mapped[datetime] = mapped_column(default=now)

    preference: Mapped[Preference] = relationship(
        back_populates="user", lazy="raise", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def has_password(self) -> bool:
        """Whoever came in by another way was never given one."""
        return self.password_hash != NO_PASSWORD

    @property
    def is_owner(self) -> bool:
        return self.role is Role.OWNER

    @property
    def manages(self) -> bool:
        """Whether libraries and downloads are theirs to run."""
        return self.role in (Role.OWNER, Role.MANAGER)


class Preference(Table):
    __tablename__ = "preference"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    theme: Mapped[Theme] = mapped_column(default=Theme.AUTO)
    language: Mapped[str | None]
    """One of `app/locales`; None follows the browser."""
    text_size: Mapped[int] = mapped_column(default=100)
    """Per cent of what the browser is set to."""
    reduced_motion: Mapped[bool] = mapped_column(default=False)
    """Nothing moves, even where the device would allow it."""
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)
    shelves: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Library id, or "all" → what the address of a shelf says when it says nothing."""

    user: Mapped[User] = relationship(back_populates="preference", lazy="raise")
