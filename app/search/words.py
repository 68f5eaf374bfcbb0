"""What the screens of search say about what was found."""

from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup, escape

from app.foundation.web.i18n import _, ngettext
from app.library.words import chapter_name
from app.reading import addresses
from app.search.candidates import SUMMARY
from app.search.chapters import ChapterHit
from app.search.language import Field, Query, Term
from app.search.marks import holds, marked, snippet
from app.search.names import Name
from app.search.series import MOST, SeriesHit

MOST_PARTS = 3


def search_url(text: str, **more: str) -> str:
    return "/search?" + urlencode({"q": text, **more})


def cover_url(hit: Any, width: int = 320) -> str:
    """For a hit with `series_id` or `id`; empty when there is no cover to show."""
    if hit.cover_version is None:
        return ""
    series_id = hit.series_id if isinstance(hit, ChapterHit) else hit.id
    return addresses.cover_url(series_id, hit.cover_version, width)


def series_sub(hit: SeriesHit, query: Query) -> Markup:
    """ "also 灯火 · 2020 · 14 chapters", or the place in the summary where the words stand."""
    parts: list[Any] = []
    words = query.needles
    if hit.rank == SUMMARY and hit.summary and (found := snippet(hit.summary, words)):
        parts.append(found)
    elif words and not holds(hit.title, words):
        parts += [marked(title, words) for title in _other_titles(hit) if holds(title, words)][:1]
    if not parts:
        parts += [escape(title) for title in _other_titles(hit)[:1] if title != hit.title]
    if hit.year:
        parts.append(str(hit.year))
    parts.append(ngettext("%(num)s chapter", "%(num)s chapters", hit.positions))
    return Markup(" · ").join(parts[:MOST_PARTS])


def chapter_sub(hit: ChapterHit) -> str:
    return f"{hit.series_title} · {chapter_name(hit)}"


def series_state(hit: SeriesHit) -> str:
    if not (hit.read or hit.started) or hit.done:
        return ""
    return ngettext("%(num)s unread", "%(num)s unread", hit.unread)


def name_query(name: Name) -> str:
    """The search that leads to everything of this person or with this tag."""
    field = {"person": Field.BY, "genre": Field.GENRE}.get(name.kind, Field.TAG)
    return f'{field.value}:"{name.name.replace(chr(34), " ")}"'


def total_words(total: int, milliseconds: int) -> str:
    if total >= MOST:
        return _("More than %(num)s, %(ms)s ms", num=MOST, ms=milliseconds)
    return ngettext(
        "%(num)s in your library, %(ms)s ms",
        "%(num)s in your library, %(ms)s ms",
        total,
        ms=milliseconds,
    )


def count_words(total: int) -> str:
    return _("More than %(num)s", num=MOST) if total >= MOST else _("All %(num)s", num=total)


def chip_label(term: Term) -> str:
    label = _field_names().get(term.field, "")
    said = term.source.partition(":")[2].strip('"“”„«»') if term.field else term.text
    text = f"{label}: {said}" if label else said
    return _("not %(what)s", what=text) if term.negated else text


def _other_titles(hit: SeriesHit) -> list[str]:
    return [str(other["title"]) for other in hit.other_titles if other.get("title")]


def _field_names() -> dict[Field, str]:
    return {
        Field.TITLE: _("Title"),
        Field.TAG: _("Tag"),
        Field.GENRE: _("Genre"),
        Field.BY: _("By"),
        Field.PUBLISHER: _("Publisher"),
        Field.LANGUAGE: _("Language"),
        Field.STATUS: _("Status"),
        Field.YEAR: _("Year"),
        Field.AGE: _("Age"),
        Field.IS: _("Reading"),
        Field.IN: _("Library"),
    }
