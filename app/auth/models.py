"""Proof of who is asking. Secrets are kept as `sha256(secret)`, never as themselves."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, Table, now


class Way(StrEnum):
    """By what a session began. Each value stays what it is: it is kept."""

    PASSWORD = "password"  # noqa: S105 - a kind of proof
    PASSKEY = "passkey"
    TABLET = "tablet"
    """Nothing was shown but perhaps a PIN: chosen on a family tablet."""
    PROVIDER = "provider"
    PROXY = "proxy"


class Second(StrEnum):
    """What was shown besides the password."""

    CODE = "code"
    BACKUP_CODE = "backup code"
    PASSKEY = "passkey"


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
    way: Mapped[Way] = mapped_column(default=Way.PASSWORD)
    second: Mapped[Second | None]
    origin: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """What the room of that way needs at the way out, sealed by it: see `other_ways`."""
    tablet_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("family_tablet.id", ondelete="CASCADE"), index=True
    )
    """The family tablet on which they were chosen: see `tablets`."""

    user: Mapped[User] = relationship(lazy="raise")
    tablet: Mapped[Tablet | None] = relationship(lazy="raise")

    @property
    def is_two_factor(self) -> bool:
        """A passkey is two by itself: the device, and what opens it."""
        return self.second is not None or self.way is Way.PASSKEY


class Tablet(Base):
    """A browser that an owner trusted: known again by a cookie of which only the hash is kept."""

    __tablename__ = "family_tablet"

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scheme: Mapped[str]
    name: Mapped[str]
    trusted_by: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    trusted_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime] = mapped_column(default=now)


class TabletPerson(Table):
    """Somebody who can be chosen on a family tablet."""

    __tablename__ = "family_tablet_person"

    tablet_id: Mapped[UUID] = mapped_column(
        ForeignKey(Tablet.id, ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True, index=True
    )


class SignInChallenge(Base):
    """The password was right, the second factor is still to come. Opens `/login/second` alone."""

    __tablename__ = "sign_in_challenge"

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    scheme: Mapped[str]
    way: Mapped[Way]
    stays: Mapped[bool]
    then: Mapped[str]
    """Where they were going."""
    origin: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    user: Mapped[User] = relationship(lazy="raise")


class Authenticator(Table):
    """The app of one person that shows six digits. Seeds are sealed: see `authenticator`."""

    __tablename__ = "authenticator"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Without one nothing is asked for."""
    new_seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Being set up: it takes the place of `seed` with the first right code."""
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    """Which half minute was accepted last; earlier ones are never again."""
    enabled_at: Mapped[datetime | None]


class BackupCode(Base):
    """Works once, in place of the app's. The hash is slow: the codes were written down."""

    __tablename__ = "backup_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]


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


class SignIn(Base):
    """Somebody came in, or tried to: `tries` times from one place. For the eyes of their person."""

    __tablename__ = "sign_in"
    __table_args__ = (
        Index("ix_sign_in_newest", "user_id", text("at DESC"), text("id DESC")),
        Index("ix_sign_in_at", "at"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(default=now)
    way: Mapped[str]
    is_good: Mapped[bool]
    is_new: Mapped[bool] = mapped_column(default=False)
    """With a browser that had not been here before."""
    tries: Mapped[int] = mapped_column(default=1)
    device: Mapped[str]
    network: Mapped[str]
    browser_hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class Passkey(Base):
    """A key on a device of somebody, of which we hold the public half."""

    __tablename__ = "passkey"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text))
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]

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
