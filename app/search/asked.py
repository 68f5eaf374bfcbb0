"""A query taken apart into what a statement is made for, and the values it is run with.

While somebody types, every letter is another query of the same kind. SQLAlchemy needs longer to
make such a statement than Postgres to run it, so words go in as arrays of any length (`LIKE ALL`),
and a statement is made once for each kind of person and each choice of filters.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Integer,
    Text,
    all_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from app.accounts.models import User
from app.foundation.web.paging import escape_like
from app.library.grams import query_grams
from app.library.models import Access, SearchDocument
from app.library.queries import Asker
from app.search.fulltext import tsquery_text
from app.search.language import Field, Query, Term

LAST_SIGN = "\U0010ffff"
LINE = literal_column(r"E'\n'", Text)
KANA = "kana"
HIRAGANA = "".join(map(chr, range(0x3041, 0x3097)))
OF_DOCUMENT = (Field.WORDS, Field.TITLE)
"""Asked of the document itself, before any series is looked up."""


class Filter(NamedTuple):
    """A term as a condition on series: what it asks for is a value, by its place among them."""

    at: int
    field: Field
    negated: bool
    choice: str
    """What is no value: a status, a state; of a name, whether it holds kana."""

    @classmethod
    def of(cls, at: int, term: Term) -> "Filter":
        if term.field in (Field.STATUS, Field.IS):
            choice = term.text
        else:
            choice = KANA if holds_kana(term.text) else ""
        return cls(at, term.field, term.negated, choice)

    @property
    def text(self) -> BindParameter[str]:
        return value(f"text_{self.at}")

    @property
    def pattern(self) -> BindParameter[str]:
        return value(f"pattern_{self.at}")

    @property
    def least(self) -> BindParameter[int]:
        return bindparam(f"least_{self.at}", type_=Integer)

    @property
    def most(self) -> BindParameter[int]:
        return bindparam(f"most_{self.at}", type_=Integer)

    def values(self, term: Term) -> dict[str, Any]:
        return {
            f"text_{self.at}": term.text,
            f"pattern_{self.at}": f"%{escape_like(term.text)}%",
            f"least_{self.at}": term.least,
            f"most_{self.at}": term.most,
        }


class Shape(NamedTuple):
    """What decides how a statement looks."""

    person: Asker
    filters: tuple[Filter, ...]
    has_needles: bool
    has_phrase: bool
    has_full_text: bool
    has_full_text_gone: bool
    is_narrowed: bool
    """Whether a document must hold, or not hold, more than the words."""
    limit: int
    most: int
    goes_on: bool = False
    summaries: bool = True
    at_a_glance: bool = False
    """Where no words lead to candidates, only the newest are judged."""
    only_beginnings: bool = False

    @classmethod
    def of(cls, person: User, query: Query, **more: Any) -> "Shape":
        return cls(
            person=Asker.like(person),
            filters=tuple(one for one, _ in _filters(query)),
            has_needles=bool(query.needles),
            has_phrase=bool(query.phrase),
            has_full_text=bool(tsquery_text(query.words)),
            has_full_text_gone=bool(_full_text_gone(query)),
            is_narrowed=any(_narrows(term) for term in query.terms),
            **more,
        )


def values_of(person: User, query: Query) -> dict[str, Any]:
    """Folded words hold neither `%` nor `_`."""
    words, phrase = query.words, query.phrase
    filters = [one.values(term) for one, term in _filters(query)]
    return {
        **Asker.values(person),
        **{name: asked for of_one in filters for name, asked in of_one.items()},
        "grams": query_grams(" ".join(query.needles)),
        "words": _patterns(words),
        "noted": _patterns([term.text for term in query.terms if _is_noted(term)]),
        "gone": _patterns(_said(query, Field.WORDS, negated=True)),
        "titled": _patterns(_said(query, Field.TITLE, negated=False)),
        "untitled": _patterns(_said(query, Field.TITLE, negated=True)),
        "starts": [f"% {word}%" for word in words],
        "phrase": phrase,
        "phrase_end": phrase + LAST_SIGN,
        "begins": f"{phrase}%",
        "named": f"%\n{phrase}\n%",
        "name_begins": f"%\n{phrase}%",
        "full_text": tsquery_text(words),
        "full_text_gone": _full_text_gone(query),
    }


def holds_kana(folded: str) -> bool:
    """Names keep the kana they were written with: only then are they brought to one script."""
    return any(sign in HIRAGANA for sign in folded)


def value(name: str) -> BindParameter[str]:
    return bindparam(name, type_=Text)


def values(name: str) -> ColumnElement[Any]:
    return cast(bindparam(name, type_=ARRAY(Text)), ARRAY(Text))


def holds_all(text: Any, patterns: str) -> ColumnElement[bool]:
    held: ColumnElement[bool] = text.bool_op("~~")(all_(values(patterns)))
    return held


def holds_any(text: Any, patterns: str) -> ColumnElement[bool]:
    held: ColumnElement[bool] = text.bool_op("~~")(any_(values(patterns)))
    return held


def title_lines() -> ColumnElement[str]:
    """Titles of a document: a line break parts them, and no word holds one."""
    return SearchDocument.title + LINE + SearchDocument.names


def all_lines() -> ColumnElement[str]:
    return title_lines() + LINE + SearchDocument.about


def holds_grams(name: str = "grams") -> ColumnElement[bool]:
    return SearchDocument.grams.bool_op("@>")(values(name))


def in_libraries_of(person: Asker) -> ColumnElement[bool]:
    """Asked of the document first, so that what is in reach is not crowded out by what is not."""
    if person.is_owner:
        return true()
    # An array is made once, and its place is asked for so that no plan begins with all documents
    # of a library: what was typed leads to fewer.
    theirs = select(Access.library_id).where(Access.user_id == person.id).scalar_subquery()
    place = func.array_position(func.array(theirs, type_=ARRAY(PgUUID)), SearchDocument.library_id)
    return place.is_not(None)


def _filters(query: Query) -> list[tuple[Filter, Term]]:
    terms = [term for term in query.terms if term.field not in OF_DOCUMENT]
    return [(Filter.of(at, term), term) for at, term in enumerate(terms)]


def _narrows(term: Term) -> bool:
    return term.field is Field.TITLE or (term.field is Field.WORDS and term.negated)


def _is_noted(term: Term) -> bool:
    return term.field in (Field.TAG, Field.GENRE, Field.BY) and not term.negated


def _said(query: Query, field: Field, *, negated: bool) -> list[str]:
    return [term.text for term in query.terms if (term.field, term.negated) == (field, negated)]


def _full_text_gone(query: Query) -> str:
    """Any of these takes a chapter away: by its own title."""
    parts = (tsquery_text([word]) for word in _said(query, Field.WORDS, negated=True))
    return " | ".join(filter(None, parts))


def _patterns(words: Iterable[str]) -> list[str]:
    return [f"%{word}%" for word in words]
