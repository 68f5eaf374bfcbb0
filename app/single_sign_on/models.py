from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, now


class SignInProvider(Base):
    """Somebody else who says who a person is, by OpenID Connect. Its issuer never changes: the same
    subject of another issuer is another person."""

    __tablename__ = "sign_in_provider"

    name: Mapped[str]
    issuer: Mapped[str] = mapped_column(unique=True)
    client_id: Mapped[str]
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Encrypted; None for a client without one (PKCE alone)."""
    scopes: Mapped[str]
    allows_private: Mapped[bool]
    """Whether it may live on a private address, and be asked over http."""
    is_on: Mapped[bool]
    suffices: Mapped[bool]
    """Whether its word lets people in who have a second factor here."""
    makes_people: Mapped[bool]
    libraries: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`{"given": [ids]}`: what people get who are made by it."""
    role_claim: Mapped[str]
    manager_value: Mapped[str]
    owner_value: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class LinkedIdentity(Base):
    """Whom a provider calls `subject` is this person."""

    __tablename__ = "linked_identity"
    __table_args__ = (UniqueConstraint("provider_id", "subject"),)

    provider_id: Mapped[UUID] = mapped_column(ForeignKey(SignInProvider.id, ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    subject: Mapped[str]
    called: Mapped[str]
    """By which the person tells their identities apart."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime] = mapped_column(default=now)

    provider: Mapped[SignInProvider] = relationship(lazy="raise")
    user: Mapped[User] = relationship(lazy="raise")
