"""Sentences that only these screens need."""

from collections.abc import Sequence
from typing import Any

from app.browsing.series_volumes import VolumeBox
from app.browsing.shelf import ShelfCard
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.times import ago
from app.library.models import Library, Series, SeriesCreator
from app.library.words import chapter_name, direction_name, status_name, volume_name

MOST_NAMES = 4


def line_meta(card: ShelfCard) -> str:
    """ "2019 · Ongoing · 12 / 40"."""
    status = status_name(card.status) if card.status else ""
    return " · ".join(filter(None, [str(card.year or ""), status, card.meta]))


def chapter_line(row: Any) -> str:
    """ "Ch. 13 · The ninth wave"."""
    return " · ".join(filter(None, [chapter_name(row), row.chapter_title]))


def chapter_who(chapter: Any, *, also: str = "") -> str:
    """ "en · Blue Hour · 30 pages · 2 days ago"."""
    parts = [chapter.language or "", ", ".join(chapter.groups), also]
    if chapter.pages:
        parts.append(ngettext("%(num)s page", "%(num)s pages", chapter.pages))
    parts.append(ago(chapter.added_at))
    return " · ".join(filter(None, parts))


def version_name(version: Any) -> str:
    """ "en · Blue Hour", of anything with a language and groups."""
    return " · ".join(filter(None, [version.language or "", ", ".join(version.groups)])) or _(
        "No language given"
    )


def also_in(others: Sequence[Any]) -> str:
    """ "also fr · Équipe", of what else stands at one place."""
    names = dict.fromkeys(version_name(other) for other in others)
    return _("also %(versions)s", versions=", ".join(names)) if names else ""


def box_name(box: VolumeBox) -> str:
    """ "Volume 3", or "Ch. 20 – Ch. 40" of what stands in none."""
    if box.volume is not None:
        return volume_name(box.volume)
    ends = [chapter_name(box.lines[at].shown) for at in (0, -1)]
    return " – ".join(dict.fromkeys(ends))


def holes_sentence(holes: Sequence[Any], *, volumes: bool) -> str:
    """ "Chapters 19–21, 40 are missing"; nothing without holes."""
    if not holes:
        return ""
    spans = [
        str(hole.first) if hole.first == hole.last else f"{hole.first}–{hole.last}"
        for hole in holes
    ]
    count = sum(hole.last - hole.first + 1 for hole in holes)
    said = {"numbers": ", ".join(spans)}
    if volumes:
        return ngettext(
            "Volume %(numbers)s is missing", "Volumes %(numbers)s are missing", count, **said
        )
    return ngettext(
        "Chapter %(numbers)s is missing", "Chapters %(numbers)s are missing", count, **said
    )


def series_facts(series: Series, library: Library) -> list[str]:
    """Year, status, direction, age rating, publisher: as far as they are known."""
    facts = [
        str(series.year or ""),
        status_name(series.status) if series.status else "",
        direction_name(series.direction or library.direction),
        f"{series.age_rating}+" if series.age_rating else "",
        series.publisher or "",
    ]
    return [fact for fact in facts if fact]


def credit_lines(creators: list[SeriesCreator]) -> list[tuple[str, list[str]]]:
    """Role by role, in the order of the trade; one line for a person who did both."""
    by_role: dict[str, list[str]] = {}
    for credit in creators:
        by_role.setdefault(credit.role, []).append(credit.creator.name)
    story, art = by_role.pop("writer", []), by_role.pop("penciller", [])
    lines = (
        [(_("Story and art"), story)] if story == art else [(_("Story"), story), (_("Art"), art)]
    )
    lines += [(role_name(role), names) for role, names in sorted(by_role.items())]
    return [(role, names[:MOST_NAMES]) for role, names in lines if names]


def role_name(role: str) -> str:
    names = {
        "inker": _("Inks"),
        "colorist": _("Colours"),
        "letterer": _("Letters"),
        "cover": _("Cover"),
        "editor": _("Editor"),
        "translator": _("Translation"),
    }
    return names.get(role, role.capitalize())
