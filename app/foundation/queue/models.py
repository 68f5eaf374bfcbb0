from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Base, Table, now


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = "state IN ('waiting', 'running')"


class Job(Base):
    """One piece of work. This row is the truth; Valkey only wakes somebody to look at it.

    A worker owns a running job until `lease_until`; each claim raises `fence`, and every
    effect commits together with a check that the fence is still the claimer's.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("uq_job_active_key", "kind", "key", unique=True, postgresql_where=text(ACTIVE)),
        Index(
            "ix_job_waiting",
            text("priority DESC"),
            "run_at",
            "id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_job_lease", "lease_until", postgresql_where=text("state = 'running'")),
        Index("ix_job_finished", text("finished_at DESC"), "id"),
    )

    kind: Mapped[str]
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    key: Mapped[str | None]
    state: Mapped[JobState] = mapped_column(default=JobState.WAITING)
    priority: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None]
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    note: Mapped[str | None]
    error: Mapped[str | None]
    cancel_requested_at: Mapped[datetime | None]
    requested_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class TimetableEntry(Table):
    """Work that comes round by itself. `key` and `args` are those of the job it asks for, so a
    wish by hand and one by the clock are the same job while it waits or runs."""

    __tablename__ = "timetable"
    __table_args__ = (Index("ix_timetable_due", "next_run_at", postgresql_where=text("enabled")),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    every_seconds: Mapped[int]
    next_run_at: Mapped[datetime]
    last_run_at: Mapped[datetime | None]
    last_state: Mapped[JobState | None]
    enabled: Mapped[bool] = mapped_column(default=True)
