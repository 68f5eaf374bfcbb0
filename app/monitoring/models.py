from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Base


class AuditLine(Base):
    """Something that happened to an account or to the rules. Rows are only ever added: a trigger of
    the table refuses every change, and every removal but that of old lines by the retention job.

    Names stand here as they were at the time, and no key leads to the person: who is deleted
    later does not take along what they did. Ids grow with time, so they are also the order.
    """

    __tablename__ = "audit_line"
    __table_args__ = (
        Index("ix_audit_line_what", "what", "id"),
        Index("ix_audit_line_person_id", "person_id", "id"),
        Index("ix_audit_line_subject_id", "subject_id", "id"),
        Index("ix_audit_line_subject_name", "subject_name", "id"),
        Index("ix_audit_line_network", "network", "id"),
    )

    at: Mapped[datetime]
    what: Mapped[str]
    person_id: Mapped[UUID | None]
    person_name: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    subject_name: Mapped[str | None]
    network: Mapped[str]
    device: Mapped[str]
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
