from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, PathBytes, SentenceText, now
from app.library.models import Chapter, Series
from app.providers.models import Provider, Release


class DownloadState(StrEnum):
    QUEUED = "queued"
    WAITING = "waiting"
    """For a moment (`run_at`): the reason says for what."""
    RUNNING = "running"
    VERIFYING = "verifying"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


TOPIC = "downloads"
"""Live screens that show downloads listen to it."""
OPEN = "state IN ('queued', 'waiting', 'running', 'verifying')"
CLAIMABLE = "state IN ('queued', 'waiting') AND paused_at IS NULL"


class Download(Base):
    """One release on its way into the library. This row is the truth: whoever works on it holds the
    job of its provider, and writes here only together with a check of that job's fence."""

    __tablename__ = "download"
    __table_args__ = (
        Index("uq_download_open", "release_id", unique=True, postgresql_where=text(OPEN)),
        Index(
            "ix_download_next",
            "provider_id",
            text("priority DESC"),
            "place",
            "id",
            postgresql_where=text(CLAIMABLE),
        ),
        Index(
            "ix_download_open",
            text("priority DESC"),
            "place",
            "id",
            postgresql_where=text(OPEN),
        ),
        Index(
            "ix_download_finished",
            "state",
            text("finished_at DESC"),
            text("id DESC"),
            postgresql_where=text("finished_at IS NOT NULL"),
        ),
        Index("ix_download_release_id", "release_id"),
        Index("ix_download_provider_id", "provider_id", "state"),
        Index("ix_download_series_id", "series_id", "state"),
    )

    release_id: Mapped[UUID] = mapped_column(ForeignKey(Release.id, ondelete="CASCADE"))
    series_id: Mapped[UUID] = mapped_column(ForeignKey(Series.id, ondelete="CASCADE"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"))
    state: Mapped[DownloadState] = mapped_column(default=DownloadState.QUEUED)
    paused_at: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(default=0)
    place: Mapped[int] = mapped_column(BigInteger, default=0)
    """Among those of one priority; the order of chapters where many are asked for at once."""
    run_at: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(SentenceText)
    """Why it waits, or failed: a sentence."""
    pages_done: Mapped[int] = mapped_column(default=0)
    pages_total: Mapped[int | None]
    bytes_done: Mapped[int] = mapped_column(BigInteger, default=0)
    rate: Mapped[int] = mapped_column(default=0)
    """Bytes a second, while it runs."""
    path: Mapped[bytes | None] = mapped_column(PathBytes)
    """Where it was published, in the root of the library."""
    chapter_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(Chapter.id, ondelete="SET NULL"), index=True
    )
    requested_by: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    is_automatic: Mapped[bool] = mapped_column(default=False)
    """Wanted by the rules of its source, not by hand: a better version may take its place."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    release: Mapped[Release] = relationship(lazy="raise")
    series: Mapped[Series] = relationship(lazy="raise")
    provider: Mapped[Provider] = relationship(lazy="raise")
