"""The address of a series' screen: which view, which order, which part of a long series."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar_htmx import HTMXRequest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.series import POSITIONS, PositionLine
from app.browsing.shelf_address import Choice
from app.foundation.web.i18n import _
from app.library.models import Chapter, Series
from app.library.words import chapter_name
from app.reading.models import Progress, SeriesReading


class NextUp(NamedTuple):
    """The chapter of the big button."""

    id: UUID
    label: str


class SeriesAddress(msgspec.Struct, kw_only=True):
    """`first` is the position the list begins with, counted in the order shown."""

    series: Series
    in_volumes: bool
    newest_first: bool
    unread_only: bool
    first: int

    @classmethod
    def read(cls, request: HTMXRequest, series: Series) -> Self:
        said = request.query_params
        first = said.get("first", "1")
        return cls(
            series=series,
            in_volumes=said.get("view") != "list",
            newest_first=said.get("order") == "newest",
            unread_only=said.get("unread") == "1",
            first=max(1, int(first))
            if first.isascii() and first.isdigit() and len(first) < 7
            else 1,
        )

    async def links(
        self,
        session: AsyncSession,
        person: User,
        lines: Sequence[PositionLine],
        reading: SeriesReading | None,
    ) -> dict[str, Any]:
        count = self.series.position_count
        if self.unread_only and reading is not None:
            count = max(0, count - reading.read_positions)
        return {
            "views": [
                Choice(_("Volumes"), self._to(view=None), self.in_volumes),
                Choice(_("List"), self._to(view="list"), not self.in_volumes),
            ],
            "orders": [
                Choice(_("Oldest first"), self._to(order=None), not self.newest_first),
                Choice(_("Newest first"), self._to(order="newest"), self.newest_first),
            ],
            "unread_only": self.unread_only,
            "unread_href": self._to(unread=None if self.unread_only else "1"),
            "previous_href": self._to(first=self.first - POSITIONS) if self.first > 1 else "",
            "next_href": self._to(first=self.first + POSITIONS)
            if self.first + POSITIONS <= count
            else "",
            "position": f"{self.first}–{min(self.first + POSITIONS - 1, count)}",
            "next": await self._next(session, person, lines, reading),
            "first_id": lines[0].shown.id if lines else None,
        }

    async def _next(
        self,
        session: AsyncSession,
        person: User,
        lines: Sequence[PositionLine],
        reading: SeriesReading | None,
    ) -> NextUp | None:
        """Where to go on; the first chapter for somebody who has not begun."""
        if reading is None:
            return await self._beginning(session)
        if reading.next_chapter_id is None:
            return None
        row = (
            await session.execute(
                select(Chapter, Progress.page)
                .outerjoin(
                    Progress,
                    (Progress.chapter_id == Chapter.id) & (Progress.user_id == person.id),
                )
                .where(Chapter.id == reading.next_chapter_id)
            )
        ).one_or_none()
        if row is None:
            return None
        chapter, page = row
        if not page:
            return NextUp(chapter.id, _("Read %(chapter)s", chapter=chapter_name(chapter)))
        label = _("Continue %(chapter)s, p. %(page)s", chapter=chapter_name(chapter), page=page)
        return NextUp(chapter.id, label)

    async def _beginning(self, session: AsyncSession) -> NextUp | None:
        first_id = await session.scalar(
            select(Chapter.id)
            .where(
                Chapter.series_id == self.series.id,
                Chapter.missing_since.is_(None),
                Chapter.trashed_at.is_(None),
            )
            .order_by(Chapter.position, Chapter.id)
            .limit(1)
        )
        return NextUp(first_id, _("Start reading")) if first_id else None

    def _to(self, **changes: Any) -> str:
        said: dict[str, Any] = {
            "view": None if self.in_volumes else "list",
            "order": "newest" if self.newest_first else None,
            "unread": "1" if self.unread_only else None,
            **changes,
        }
        if said.get("first", 2) <= 1:
            said.pop("first")
        query = urlencode({name: str(value) for name, value in said.items() if value})
        return f"/series/{self.series.id}" + (f"?{query}" if query else "")
