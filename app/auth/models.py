"""Proof of who is asking. Secrets are kept as `sha256(secret)`, never as themselves."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, Table, now


class Session(Base):
    """One signed-in browser. A session made over http is not accepted over https, nor back."""

    __tablename__ = "session"

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    scheme: Mapped[str]
    stays: Mapped[bool]
    """Whether the cookie outlives the browser window."""
    device: Mapped[str]
    network: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime] = mapped_column(default=now)
    proved_at: Mapped[datetime] = mapped_column(default=now)
    """When the password was last given: sensitive acts ask again after ten minutes."""
    expires_at: Mapped[datetime] = mapped_column(index=True)

    user: Mapped[User] = relationship(lazy="raise")


class AppPassword(Base):
    """A secret for one program, sent as the password of Basic or in `X-API-Key`."""

    __tablename__ = "app_password"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    md5_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """The same for programs that send the MD5 of what their person typed."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_on: Mapped[date | None]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)

    user: Mapped[User] = relationship(lazy="raise")


class TokenFamily(Base):
    """One sign-in of a program that exchanged its app password for tokens. Without it they are dead."""

    __tablename__ = "token_family"

    app_password_id: Mapped[UUID] = mapped_column(
        ForeignKey(AppPassword.id, ondelete="CASCADE"), index=True
    )
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    device: Mapped[str]
    network: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime] = mapped_column(default=now, index=True)
    """When it was last refreshed."""
    expires_at: Mapped[datetime] = mapped_column(index=True)

    app_password: Mapped[AppPassword] = relationship(lazy="raise")


class RefreshToken(Base):
    """Works once; a spent one is kept, so that it is known again when it comes back."""

    __tablename__ = "refresh_token"

    family_id: Mapped[UUID] = mapped_column(
        ForeignKey(TokenFamily.id, ondelete="CASCADE"), index=True
    )
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    spent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]


class OneTimeToken(Base):
    """A secret that works once: setup, invitation, reset, address change."""

    __tablename__ = "one_time_token"

    kind: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    spent_at: Mapped[datetime | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the secret allows: the role of an invitation, the new mail address."""


class Throttle(Table):
    """Failed tries per account or network. Kept here because Valkey may be flushed."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    blocked_until: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=now, index=True)
