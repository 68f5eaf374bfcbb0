"""The filters of a shelf as conditions on `Series`, each with an index that leads to what is rare."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from app.browsing.wish import Age, Format, Only, ReadState, Sort, Wish
from app.collections.favourites import loved_by
from app.library.models import (
    Chapter,
    ChapterFile,
    Problem,
    Series,
    SeriesCreator,
    SeriesTag,
)
from app.library.queries import YEAR, Asker
from app.reading.models import SeriesReading

BEHIND_LETTERS = "{"  # the sign after z: kana, kanji, Hangul, Cyrillic …
NEXT_AGE = {Age.EVERYBODY: 10, Age.TEN: 13, Age.THIRTEEN: 16, Age.SIXTEEN: 18}
LIBRARY = bindparam("library_id", type_=Uuid)

type Ids = Mapping[tuple[str, str], UUID]
"""What the keys of a wish stand for, as far as this person may know."""


def values_for(wish: Wish, ids: Ids) -> dict[str, UUID]:
    """What `conditions` are run with, beside `library_id`. Every key must be in `ids`."""
    return {f"named_{place}": ids[name] for place, name in enumerate(wish.names)}


def conditions(person: Asker, wish: Wish) -> list[ColumnElement[bool]]:
    found = [
        _named(field, bindparam(f"named_{place}", type_=Uuid))
        for place, (field, _key) in enumerate(wish.names)
    ]
    if wish.state is not None:
        found.append(in_state(person, wish.state))
    if wish.letter is not None and wish.sort is Sort.TITLE:
        found += _under(wish.letter)
    if wish.status:
        found.append(Series.status.in_(wish.status))
    if wish.language:
        found.append(Series.language.in_(wish.language))
    if wish.age:
        found.append(or_(*(_of_age(age) for age in wish.age)))
    if wish.format:
        found.append(or_(*(_in_format(one) for one in wish.format)))
    if wish.since is not None or wish.until is not None:
        found.append(_as_said(wish.since or 1) <= YEAR)
    if wish.until is not None:
        found.append(_as_said(wish.until) >= YEAR)
    return [*found, *(_only(person, one) for one in wish.only)]


def in_state(person: Asker, state: ReadState) -> ColumnElement[bool]:
    """Said so that Postgres can guess how many there are: nearly all are unread, few are not."""
    if state is ReadState.UNREAD:
        begun = aliased(SeriesReading)
        return ~exists().where(
            begun.series_id == Series.id,
            begun.user_id == person.id,
            or_(begun.read_positions > 0, begun.started_positions > 0),
        )
    read, started = SeriesReading.read_positions, SeriesReading.started_positions
    if state is ReadState.COMPLETED:
        return and_(Series.position_count > 0, read >= Series.position_count)
    unfinished = or_(Series.position_count == 0, read < Series.position_count)
    return and_(or_(read > 0, started > 0), unfinished)


def _as_said(year: int) -> ColumnElement[int]:
    """A plan for any two years takes them for a rare few, and would sort half of a shelf."""
    return literal(year, literal_execute=True)


def _named(field: str, its_id: Any) -> ColumnElement[bool]:
    if field == "person":
        return exists().where(
            SeriesCreator.series_id == Series.id, SeriesCreator.creator_id == its_id
        )
    return exists().where(SeriesTag.series_id == Series.id, SeriesTag.tag_id == its_id)


def _under(letter: str) -> list[ColumnElement[bool]]:
    if letter == "#":
        return [Series.sort_key < "a"]
    if letter == "…":
        return [Series.sort_key >= BEHIND_LETTERS]
    return [Series.sort_key >= letter, Series.sort_key < chr(ord(letter) + 1)]


def _of_age(age: Age) -> ColumnElement[bool]:
    if age is Age.UNRATED:
        return Series.age_rating.is_(None)
    above = Series.age_rating >= int(age)
    return above if age is Age.ADULT else and_(above, Series.age_rating < NEXT_AGE[age])


def _in_format(one: Format) -> ColumnElement[bool]:
    return exists().where(
        Chapter.series_id == Series.id,
        ChapterFile.chapter_id == Chapter.id,
        ChapterFile.format == one.value,
        ChapterFile.missing_since.is_(None),
        ChapterFile.trashed_at.is_(None),
    )


def _only(person: Asker, one: Only) -> ColumnElement[bool]:
    if one is Only.FAVOURITES:
        return loved_by(person)
    if one is Only.PROBLEMS:
        return _has_problems()
    return exists().where(
        Chapter.series_id == Series.id,
        Chapter.missing_since.is_not(None),
        Chapter.trashed_at.is_(None),
    )


def _has_problems() -> ColumnElement[bool]:
    """With a file that is a problem; or in whose folder there is one that became no chapter."""
    of_files = (
        select(Chapter.series_id.label("id"))
        .join(ChapterFile, ChapterFile.chapter_id == Chapter.id)
        .join(Problem, _same_place())
        .where(Problem.library_id == LIBRARY)
    )
    # As text, because bytes know no pattern; a slash stays a slash in it.
    folder = func.regexp_replace(func.encode(Problem.path, "escape"), "/[^/]*$", "")
    around = aliased(Series)
    in_folders = (
        select(around.id)
        .join(Problem, around.folder == func.decode(folder, "escape"))
        .where(around.library_id == LIBRARY, Problem.library_id == LIBRARY)
    )
    return Series.id.in_(union_all(of_files, in_folders))


def _same_place() -> Any:
    return and_(
        Problem.root_id == ChapterFile.root_id,
        Problem.path == ChapterFile.path,
        ChapterFile.missing_since.is_(None),
        ChapterFile.trashed_at.is_(None),
    )
