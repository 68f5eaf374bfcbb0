"""What stands on the shelf, as far as the person asking may see it."""

from typing import Any, NamedTuple, Self
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Uuid,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, Unrated, User
from app.library.models import Access, HiddenTag, Library, Series, SeriesTag

ADULT = 18
YEAR: ColumnElement[int] = func.coalesce(Series.year, literal_column("0", Integer))
"""As it is in the index; 0 is unknown."""


class Asker(NamedTuple):
    """Stands for whoever asks, in a statement that is made once and run for many people.

    To make a statement of a list takes SQLAlchemy longer than Postgres needs to answer it.
    """

    is_owner: bool
    is_limited: bool
    unrated: Unrated

    @classmethod
    def like(cls, person: User) -> Self:
        is_limited = person.age_limit is not None
        # Without a limit it makes no difference, and one statement fewer.
        return cls(person.is_owner, is_limited, person.unrated if is_limited else Unrated.LIBRARY)

    @property
    def id(self) -> BindParameter[UUID]:
        return bindparam("asker_id", type_=Uuid)

    @property
    def age_limit(self) -> BindParameter[int] | None:
        return bindparam("asker_age_limit", type_=Integer) if self.is_limited else None

    @staticmethod
    def values(person: User) -> dict[str, Any]:
        """What such a statement is run with."""
        return {"asker_id": person.id, "asker_age_limit": person.age_limit}


def visible_to(person: User | Asker) -> ColumnElement[bool]:
    """Whether this person may know that a series exists: library, age limit, hidden tags.

    It stands in every query that reaches series, or anything below them, for a person.
    """
    return and_(in_reach_of(person), _old_enough(person), _not_hidden(person))


def listed_for(person: User | Asker) -> ColumnElement[bool]:
    """Series on the shelf, neither missing nor in the trash, as far as this person may see them."""
    return and_(Series.missing_since.is_(None), known_to(person))


def known_to(person: User | Asker) -> ColumnElement[bool]:
    """The same with those that are missing."""
    return and_(Series.trashed_at.is_(None), visible_to(person))


def in_reach_of(person: User | Asker) -> ColumnElement[bool]:
    """Owners reach every library; everybody else those they were given."""
    if person.is_owner:
        return true()
    return exists().where(Access.user_id == person.id, Access.library_id == Series.library_id)


def libraries_of(person: User | Asker) -> ColumnElement[bool]:
    """The same rule, asked of `Library`."""
    if person.is_owner:
        return true()
    return exists().where(Access.user_id == person.id, Access.library_id == Library.id)


def _old_enough(person: User | Asker) -> ColumnElement[bool]:
    if person.age_limit is None:
        return true()
    if person.unrated is Unrated.HIDE:
        return and_(Series.age_rating.is_not(None), Series.age_rating <= person.age_limit)
    if person.unrated is Unrated.SHOW:
        return func.coalesce(Series.age_rating, 0) <= person.age_limit
    unrated_counts_as = func.coalesce(
        Series.age_rating,
        select(literal(ADULT))
        .where(Library.id == Series.library_id, Library.unrated_is_adult)
        .correlate(Series)
        .scalar_subquery(),
        0,
    )
    return unrated_counts_as <= person.age_limit


def _not_hidden(person: User | Asker) -> ColumnElement[bool]:
    return ~exists().where(
        HiddenTag.user_id == person.id,
        SeriesTag.tag_id == HiddenTag.tag_id,
        SeriesTag.series_id == Series.id,
    )


class Reader(NamedTuple):
    """A person and whether the library was given to them."""

    user: User
    has_access: bool


def sees_all_of_it(person: User | Asker) -> ColumnElement[bool]:
    """Whether nothing is kept from this person inside the libraries they may see.

    Kept totals are for these people only: others would learn how much there is that is hidden.
    """
    if person.age_limit is not None:
        return false()
    return ~exists().where(HiddenTag.user_id == person.id)


async def given_to(session: AsyncSession, person: User) -> list[UUID]:
    """The libraries that were given to this person."""
    found = select(Access.library_id).where(Access.user_id == person.id)
    return list(await session.scalars(found))


async def people_of(session: AsyncSession, library: Library) -> list[Reader]:
    """Everybody to whom this library can be given: owners need no such gift."""
    rows = await session.execute(
        select(User, Access.user_id.is_not(None))
        .outerjoin(Access, and_(Access.user_id == User.id, Access.library_id == library.id))
        .where(User.role != Role.OWNER)
        .order_by(User.name_key)
    )
    return [Reader(user, given) for user, given in rows]
