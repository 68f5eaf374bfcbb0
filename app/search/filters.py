"""Terms of a query as conditions on `Series` and on its search document."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, exists, false, func, literal, or_, true
from sqlalchemy.sql.functions import coalesce

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
from app.search.asked import (
    HIRAGANA,
    KANA,
    Filter,
    Shape,
    all_lines,
    holds_all,
    holds_any,
    title_lines,
)
from app.search.language import Field, Term

LED_TO = (Field.STATUS, Field.YEAR, Field.AGE, Field.IS)
_KATAKANA = "".join(map(chr, range(0x30A1, 0x30F7)))


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


def of_series(filters: Iterable[Filter]) -> list[ColumnElement[bool]]:
    """Needs `SeriesReading` of the person asking, joined outside."""
    return [
        ~coalesce(condition, false()) if one.negated else condition
        for one in filters
        for condition in [_series(one, SeriesReading)]
    ]


def is_led_to(asked: Filter | Term) -> bool:
    """Whether an index leads to what it asks for; otherwise series are judged one by one."""
    said = asked.choice if isinstance(asked, Filter) else asked.text
    return asked.field in LED_TO and not asked.negated and said != "unread"


def key_holds(column: Any, one: Filter) -> ColumnElement[bool]:
    """Keys of names are folded, but their kana are as they were written."""
    held: ColumnElement[bool] = (as_hiragana(column) if one.choice == KANA else column).like(
        one.pattern
    )
    return held


def as_hiragana(column: Any) -> ColumnElement[str]:
    return func.translate(column, _KATAKANA, HIRAGANA, type_=Text)


def _series(one: Filter, read: Any) -> ColumnElement[bool]:
    match one.field:
        case Field.TAG:
            return _tagged(one)
        case Field.GENRE:
            return _tagged(one, TagKind.GENRE)
        case Field.BY:
            return _by(one)
        case Field.PUBLISHER:
            return coalesce(Series.publisher, "").ilike(one.pattern)
        case Field.LANGUAGE:
            language = func.lower(coalesce(Series.language, ""))
            return or_(language == one.text, language.startswith(one.text + "-"))
        case Field.STATUS:
            return Series.status == SeriesStatus(one.choice)
        case Field.YEAR:
            return YEAR.between(func.greatest(1, one.least), one.most)
        case Field.AGE:
            return Series.age_rating.between(one.least, one.most)
        case Field.IS:
            return _in_state(one.choice, read)
        case Field.IN:
            name = func.lower(Library.name)
            return exists().where(Library.id == Series.library_id, name.like(one.pattern))
        case _:
            return true()


def _tagged(one: Filter, kind: TagKind | None = None) -> ColumnElement[bool]:
    tagged = exists().where(
        SeriesTag.series_id == Series.id, Tag.id == SeriesTag.tag_id, key_holds(Tag.key, one)
    )
    return tagged if kind is None else tagged.where(Tag.kind == kind)


def _by(one: Filter) -> ColumnElement[bool]:
    return exists().where(
        SeriesCreator.series_id == Series.id,
        Creator.id == SeriesCreator.creator_id,
        key_holds(Creator.key, one),
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
