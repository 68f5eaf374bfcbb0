"""The address of a series' screen: which view, which order, which part of a long series."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import msgspec

from app.browsing.series import SeriesView
from app.browsing.series_lines import Lines, Part
from app.browsing.shelf_address import Choice
from app.foundation.web.i18n import _
from app.foundation.web.looks import Looks
from app.library.words import chapter_name

ROWS = 100
E_INK_ROWS = 20
LONGEST = 500
_MOST_DIGITS = 7
_UUID_LENGTH = 36


class NextUp(NamedTuple):
    """The chapter of the big button."""

    id: UUID
    label: str


class SeriesAddress(msgspec.Struct, kw_only=True):
    """What an address says and makes no sense is as if not said."""

    path: str
    in_volumes: bool
    newest_first: bool
    unread_only: bool
    first: int | None
    before: int | None
    at: UUID | None
    """A chapter that was acted upon a moment ago: its volume is open."""

    @classmethod
    def read(cls, said: Mapping[str, str], series_id: UUID) -> Self:
        return cls(
            path=f"/series/{series_id}",
            in_volumes=said.get("view") != "list",
            newest_first=said.get("order") == "newest",
            unread_only=said.get("unread") == "1",
            first=_position(said.get("first")),
            before=_position(said.get("before")),
            at=_id(said.get("at")),
        )

    @classmethod
    def again(cls, query: str, series_id: UUID) -> Self:
        """The address that a form on the screen was sent from, out of its query."""
        try:
            said = dict(parse_qsl(query[:LONGEST], max_num_fields=20))
        except ValueError:
            said = {}
        return cls.read(said, series_id)

    @property
    def is_the_start(self) -> bool:
        """Whether the first line shown is the first chapter there is."""
        return not (self.first or self.before or self.newest_first or self.unread_only)

    def part(self, looks: Looks) -> Part:
        size = E_INK_ROWS if looks.is_e_ink else ROWS
        return Part(
            size=size,
            first=None if self.before is not None else self.first,
            before=self.before,
            newest_first=self.newest_first,
            unread_only=self.unread_only,
        )

    def links(self, found: Lines) -> dict[str, Any]:
        """For the template: every other view one click away."""
        lines = found.lines
        ends = [chapter_name(lines[at].shown) for at in (0, -1)] if lines else []
        return {
            "views": [
                Choice(_("Volumes"), self.to(view=None), self.in_volumes),
                Choice(_("List"), self.to(view="list"), not self.in_volumes),
            ],
            "orders": [
                Choice(_("Oldest first"), self._anew(order=None), not self.newest_first),
                Choice(_("Newest first"), self._anew(order="newest"), self.newest_first),
            ],
            "unread_only": self.unread_only,
            "unread_href": self._anew(unread=None if self.unread_only else "1"),
            "previous_href": self._anew(before=found.previous) if found.previous else "",
            "next_href": self._anew(first=found.next) if found.next else "",
            "position": " – ".join(dict.fromkeys(ends)),
            "back": self.query(),
        }

    def query(self, **changes: Any) -> str:
        said: dict[str, Any] = {
            "view": None if self.in_volumes else "list",
            "order": "newest" if self.newest_first else None,
            "unread": "1" if self.unread_only else None,
            "first": self.first,
            "before": self.before,
            **changes,
        }
        return urlencode({name: str(value) for name, value in said.items() if value})

    def to(self, **changes: Any) -> str:
        query = self.query(**changes)
        return self.path + (f"?{query}" if query else "")

    def at_chapter(self, chapter_id: UUID) -> str:
        return self.to(at=chapter_id) + f"#chapter-{chapter_id}"

    def _anew(self, **changes: Any) -> str:
        """Another order or another filter begins at its own beginning."""
        return self.to(**{"first": None, "before": None, **changes})


def next_up(view: SeriesView, beginning: UUID | None) -> NextUp | None:
    """Where to go on; the beginning for somebody who has not begun; None when all is read."""
    chapter, page = view.next, view.next_page
    if view.reading is None:
        return NextUp(beginning, _("Start reading")) if beginning else None
    if chapter is None:
        return None
    if not page:
        return NextUp(chapter.id, _("Read %(chapter)s", chapter=chapter_name(chapter)))
    label = _("Continue %(chapter)s, p. %(page)s", chapter=chapter_name(chapter), page=page)
    return NextUp(chapter.id, label)


def _position(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        return None
    return int(text) or None


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text and len(text) == _UUID_LENGTH else None
    except ValueError:
        return None
