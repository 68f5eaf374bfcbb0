"""Terms of a query as conditions on `Series` and on its search document."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, true
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
from app.reading.models import SeriesReading
from app.search.language import Field, Query, Term

_KATAKANA = "".join(map(chr, range(0x30A1, 0x30F7)))
_HIRAGANA = "".join(map(chr, range(0x3041, 0x3097)))
# These are asked of the document itself, before any series is looked up.
_OF_DOCUMENT = (Field.WORDS, Field.TITLE)


def of_document(query: Query) -> list[ColumnElement[bool]]:
    """What the folded lines of a document must hold: grams are necessary, this is sufficient."""
    return [_document(term) for term in query.terms if term.field in _OF_DOCUMENT]


def beside_the_words(query: Query) -> list[ColumnElement[bool]]:
    """The same for a document whose words were found elsewhere, in its full text."""
    wanted = (Field.WORDS, False)
    return [
        _document(term)
        for term in query.terms
        if term.field in _OF_DOCUMENT and (term.field, term.negated) != wanted
    ]


def of_series(query: Query, read: Any = SeriesReading) -> list[ColumnElement[bool]]:
    """`read` is SeriesReading of the person asking, joined outside."""
    return [
        ~condition if term.negated else condition
        for term in query.terms
        if term.field not in _OF_DOCUMENT
        for condition in [_series(term, read)]
    ]


def lines_hold(column: Any, word: str) -> ColumnElement[bool]:
    """Folded words hold neither `%` nor `_`."""
    found: ColumnElement[bool] = column.like(f"%{word}%")
    return found


def key_holds(column: Any, word: str) -> ColumnElement[bool]:
    """Keys of names are folded, but their kana are as they were written."""
    if not any(sign in _HIRAGANA for sign in word):
        return lines_hold(column, word)
    return lines_hold(func.translate(column, _KATAKANA, _HIRAGANA), word)


def _document(term: Term) -> ColumnElement[bool]:
    columns: Sequence[Any] = (SearchDocument.title, SearchDocument.names)
    if term.field is Field.WORDS:
        columns = (*columns, SearchDocument.about)
    found = or_(*(lines_hold(column, term.text) for column in columns))
    return ~found if term.negated else found


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
            return coalesce(Series.status == SeriesStatus(term.text), false())
        case Field.YEAR:
            return coalesce(Series.year.between(term.least, term.most), false())
        case Field.AGE:
            return coalesce(Series.age_rating.between(term.least, term.most), false())
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
    completed = and_(Series.position_count > 0, done >= Series.position_count)
    if state == "completed":
        return completed
    if state == "unread":
        return and_(done == 0, begun == 0)
    return and_(or_(done > 0, begun > 0), ~completed)
