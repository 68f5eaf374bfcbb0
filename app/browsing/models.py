"""What was done to many series at once, so that it can be taken back."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey
from sqlalchemy import UUID as SqlUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.foundation.db import Base, now
from app.library.models import Library


class ActKind(StrEnum):
    READ = "read"
    UNREAD = "unread"
    FAVOURITE = "favourite"
    COLLECTION = "collection"
    LIST = "list"
    TRASH = "trash"


class ShelfAct(Base):
    """One act of one person; kept for a day. `ids` are what it changed and nothing else: series, for a
    reading list chapters, for the trash files. `at` is the moment by which marks of reading are known again."""

    __tablename__ = "shelf_act"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    library_id: Mapped[UUID] = mapped_column(ForeignKey(Library.id, ondelete="CASCADE"), index=True)
    kind: Mapped[ActKind]
    target_id: Mapped[UUID | None]
    """The collection or the reading list."""
    ids: Mapped[list[UUID]] = mapped_column(ARRAY(SqlUUID(as_uuid=True)))
    at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]
