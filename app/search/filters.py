"""Terms of a query as conditions on `Series` and on its search document."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, exists, false, func, literal, or_, true
from sqlalchemy.sql.functions import coalesce

from app.foundation.web.paging import escape_like
from app.library.models import (
    Creator,
    Library,
    SearchDocument,
    Series,
    SeriesCreator,
    SeriesStatus,
    SeriesTag,
    Tag,
    TagKind,
)
from app.library.queries import YEAR
from app.reading.models import SeriesReading
from app.search.asked import Shape, all_lines, holds_all, holds_any, title_lines
from app.search.language import Field, Term

LED_TO = (Field.STATUS, Field.YEAR, Field.AGE, Field.IS)
_KATAKANA = "".join(map(chr, range(0x30A1, 0x30F7)))
_HIRAGANA = "".join(map(chr, range(0x3041, 0x3097)))


def of_document(shape: Shape) -> list[ColumnElement[bool]]:
    """What the folded lines of a document must hold: grams are necessary, this is sufficient.

    People and tags asked for stand among what it is about, which spares many a look at their rows.
    """
    words, noted = holds_all(all_lines(), "words"), holds_all(SearchDocument.about, "noted")
    return [words, noted, *beside_the_words(shape)]


def beside_the_words(shape: Shape) -> list[ColumnElement[bool]]:
    """The same for a document whose words were found elsewhere: in its full text, in its title."""
    if not shape.is_narrowed:
        return []
    return [
        ~holds_any(all_lines(), "gone"),
        holds_all(title_lines(), "titled"),
        ~holds_any(title_lines(), "untitled"),
    ]


def of_series(filters: Iterable[Term]) -> list[ColumnElement[bool]]:
    """Needs `SeriesReading` of the person asking, joined outside."""
    return [
        ~coalesce(condition, false()) if term.negated else condition
        for term in filters
        for condition in [_series(term, SeriesReading)]
    ]


def is_led_to(term: Term) -> bool:
    """Whether an index leads to what it asks for; otherwise series are judged one by one."""
    return term.field in LED_TO and not term.negated and term.text != "unread"


def lines_hold(column: Any, word: str) -> ColumnElement[bool]:
    """Folded words hold neither `%` nor `_`."""
    found: ColumnElement[bool] = column.like(f"%{word}%")
    return found


def key_holds(column: Any, word: str) -> ColumnElement[bool]:
    """Keys of names are folded, but their kana are as they were written."""
    is_kana = any(sign in _HIRAGANA for sign in word)
    return lines_hold(as_hiragana(column) if is_kana else column, word)


def as_hiragana(column: Any) -> ColumnElement[str]:
    return func.translate(column, _KATAKANA, _HIRAGANA, type_=Text)


def _series(term: Term, read: Any) -> ColumnElement[bool]:
    match term.field:
        case Field.TAG:
            return _tagged(term.text)
        case Field.GENRE:
            return _tagged(term.text, TagKind.GENRE)
        case Field.BY:
            return _by(term.text)
        case Field.PUBLISHER:
            return coalesce(Series.publisher, "").ilike(f"%{escape_like(term.text)}%")
        case Field.LANGUAGE:
            language = func.lower(coalesce(Series.language, ""))
            return or_(language == term.text, language.startswith(term.text + "-"))
        case Field.STATUS:
            return Series.status == SeriesStatus(term.text)
        case Field.YEAR:
            return YEAR.between(max(1, term.least), term.most)
        case Field.AGE:
            return Series.age_rating.between(term.least, term.most)
        case Field.IS:
            return _in_state(term.text, read)
        case Field.IN:
            return exists().where(
                Library.id == Series.library_id, lines_hold(func.lower(Library.name), term.text)
            )
        case _:
            return true()


def _tagged(word: str, kind: TagKind | None = None) -> ColumnElement[bool]:
    tagged = exists().where(
        SeriesTag.series_id == Series.id, Tag.id == SeriesTag.tag_id, key_holds(Tag.key, word)
    )
    return tagged if kind is None else tagged.where(Tag.kind == kind)


def _by(word: str) -> ColumnElement[bool]:
    return exists().where(
        SeriesCreator.series_id == Series.id,
        Creator.id == SeriesCreator.creator_id,
        key_holds(Creator.key, word),
    )


def _in_state(state: str, read: Any) -> ColumnElement[bool]:
    nothing = literal(0)
    done = coalesce(read.read_positions, nothing)
    begun = coalesce(read.started_positions, nothing)
    # The first of these says that a row must be there, and so where Postgres may begin to look.
    completed = and_(
        read.user_id.is_not(None), Series.position_count > 0, done >= Series.position_count
    )
    if state == "completed":
        return completed
    if state == "unread":
        return and_(done == 0, begun == 0)
    return and_(read.user_id.is_not(None), or_(done > 0, begun > 0), ~completed)
