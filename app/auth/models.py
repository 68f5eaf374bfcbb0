"""Proof of who is asking. Secrets are kept as `sha256(secret)`, never as themselves."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
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
