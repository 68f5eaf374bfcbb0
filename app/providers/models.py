"""Providers that owners set up, the series followed there, and what was released of them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Numeric, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, SentenceText, Table, now
from app.library.models import Chapter, Series
from app.providers.base import Capability


class Health(StrEnum):
    UNTESTED = "untested"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    """It answers, but slowly, or not everything it is asked."""
    DOWN = "down"
    BLOCKED = "blocked"
    """It wants no more of us; a person has to do something."""


class Keep(StrEnum):
    """Which releases of a source are downloaded without being asked for."""

    ALL = "all"
    NEW = "new"
    """What is released after it was followed."""
    NONE = "none"


class Provider(Base):
    """One that an owner set up. `options` are those of its driver but for what is secret: that is
    in `sealed`, as JSON, opened only where the driver is. A paused one is asked nothing; what is
    known of its health stays."""

    __tablename__ = "provider"
    __table_args__ = (Index("uq_provider_name", func.lower(text("name")), unique=True),)

    name: Mapped[str]
    driver: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sealed: Mapped[bytes | None]
    allowed: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """`host:port` in the private network that it may be asked at."""
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """Asked for in searches; none means all."""
    priority: Mapped[int] = mapped_column(default=0)
    """The higher is shown, and downloaded from, first."""
    paused_at: Mapped[datetime | None]
    health: Mapped[Health] = mapped_column(default=Health.UNTESTED)
    health_since: Mapped[datetime] = mapped_column(default=now)
    health_reason: Mapped[str | None] = mapped_column(SentenceText)
    checked_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    """Raised with every change of what its driver is made of."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    next_check_at: Mapped[datetime] = mapped_column(default=now)
    leaning: Mapped[Health | None]
    """Another state of health than `health`, which the last `leaned` checks spoke for."""
    leaned: Mapped[int] = mapped_column(default=0)
    sample: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What it is asked for to see whether it is well: found there before."""


class Way(StrEnum):
    """How it came that a provider was asked."""

    CHECK = "check"
    TEST = "test"
    """A person wanted to know."""
    USE = "use"


class ProviderCheck(Base):
    """One question to a provider and what became of it. Kept for days; `ProviderHour` for longer."""

    __tablename__ = "provider_check"
    __table_args__ = (
        Index("ix_provider_check_at", "at"),
        Index(
            "ix_provider_check_bad",
            "provider_id",
            text("at DESC"),
            text("id DESC"),
            postgresql_where=text("NOT is_good"),
        ),
        Index("ix_provider_check_latest", "provider_id", text("at DESC"), text("id DESC")),
    )

    provider_id: Mapped[UUID] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(default=now)
    way: Mapped[Way]
    capability: Mapped[Capability]
    is_good: Mapped[bool]
    ms: Mapped[int]
    said: Mapped[str | None] = mapped_column(SentenceText)
    """What came, or why nothing did."""


class ProviderHour(Table):
    """How a provider answered within one hour; `ms` is the sum of what came well."""

    __tablename__ = "provider_hour"
    __table_args__ = (Index("ix_provider_hour_hour", "hour"),)

    provider_id: Mapped[UUID] = mapped_column(
        ForeignKey(Provider.id, ondelete="CASCADE"), primary_key=True
    )
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    good: Mapped[int]
    bad: Mapped[int]
    ms: Mapped[int] = mapped_column(BigInteger)


class Source(Base):
    """A series of ours as one provider has it. Kept after nobody follows it any more
    (`stopped_at`), for the sake of what was downloaded from it."""

    __tablename__ = "source"
    __table_args__ = (
        Index("uq_source_identity", "series_id", "provider_id", "remote_id", unique=True),
        Index("ix_source_remote", "provider_id", "remote_id"),
        Index("ix_source_due", "next_check_at", postgresql_where=text("stopped_at IS NULL")),
    )

    series_id: Mapped[UUID] = mapped_column(ForeignKey(Series.id, ondelete="CASCADE"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"))
    remote_id: Mapped[str]
    title: Mapped[str]
    url: Mapped[str | None]
    priority: Mapped[int] = mapped_column(default=0)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """In the order of preference; none means all."""
    groups: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """Preferred where one chapter was released by several, in this order."""
    keep: Mapped[Keep] = mapped_column(default=Keep.NONE)
    next_check_at: Mapped[datetime] = mapped_column(default=now)
    check_every: Mapped[int] = mapped_column(default=86_400)
    """Seconds; follows the rhythm of the series."""
    checked_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(SentenceText)
    """Why the last look brought nothing."""
    followed_by: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    followed_at: Mapped[datetime] = mapped_column(default=now)
    stopped_at: Mapped[datetime | None]

    series: Mapped[Series] = relationship(lazy="raise")
    provider: Mapped[Provider] = relationship(lazy="raise")


class FormerSource(Base):
    """A series of ours was followed at a provider that a person took away: what is left to say of it."""

    __tablename__ = "former_source"

    series_id: Mapped[UUID] = mapped_column(ForeignKey(Series.id, ondelete="CASCADE"), index=True)
    title: Mapped[str]
    provider: Mapped[str]
    """As it was called here."""
    removed_at: Mapped[datetime] = mapped_column(default=now)


class Release(Base):
    """One chapter in one language by one group, as the provider lists it. `chapter_id` is the
    chapter of ours that holds it, whichever way that came here. What the provider takes down keeps
    its row (`removed_at`)."""

    __tablename__ = "release"
    __table_args__ = (
        Index("uq_release_identity", "source_id", "remote_id", unique=True),
        Index("ix_release_number", "source_id", "number", "id"),
        Index("ix_release_seen", text("seen_at DESC"), "id"),
    )

    source_id: Mapped[UUID] = mapped_column(ForeignKey(Source.id, ondelete="CASCADE"))
    remote_id: Mapped[str]
    number_text: Mapped[str] = mapped_column(default="")
    number: Mapped[Decimal | None] = mapped_column(Numeric(9, 3))
    volume: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    title: Mapped[str] = mapped_column(default="")
    language: Mapped[str | None]
    groups: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    published_at: Mapped[datetime | None]
    page_count: Mapped[int | None]
    url: Mapped[str | None]
    why_not: Mapped[str | None]
    """Why its pages cannot be had from this provider."""
    seen_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]
    chapter_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(Chapter.id, ondelete="SET NULL"), index=True
    )
    note: Mapped[str | None]

    source: Mapped[Source] = relationship(lazy="raise")
