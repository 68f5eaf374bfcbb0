"""What a person searched for, and the searches they keep as lists."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.foundation.db import Base, Table, now


class RecentSearch(Table):
    __tablename__ = "recent_search"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    query: Mapped[str] = mapped_column(primary_key=True)
    searched_at: Mapped[datetime] = mapped_column(default=now)


class SmartList(Base):
    """A search under a name, shown as a row on the home of its person."""

    __tablename__ = "smart_list"
    __table_args__ = (Index("ix_smart_list_position", "user_id", "position"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    name: Mapped[str]
    query: Mapped[str]
    position: Mapped[int]
