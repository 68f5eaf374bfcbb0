"""Who may know that a series exists."""

import pytest
from sqlalchemy import select

from app.accounts.models import Unrated
from app.library.models import HiddenTag, Series, SeriesTag, Tag, TagKind
from app.library.queries import Asker, visible_to
from tests import factories as make


async def titles(session, person) -> set[str]:
    return set(await session.scalars(select(Series.title).where(visible_to(person))))


async def test_a_reader_sees_the_libraries_given_to_her_and_no_other(session):
    reader = await make.alice(session)
    manga = await make.library(session, "Manga")
    comics = await make.library(session, "Comics")
    await make.series(session, manga, "Akira")
    await make.series(session, comics, "Tintin")
    await make.let_in(session, reader, manga)

    assert await titles(session, reader) == {"Akira"}


async def test_a_manager_needs_access_too(session):
    manager = await make.charlie(session)
    await make.series(session, await make.library(session), "Akira")

    assert await titles(session, manager) == set()


async def test_an_owner_sees_everything(session):
    owner = await make.admin(session)
    await make.series(session, await make.library(session), "Akira", age_rating=18)

    assert await titles(session, owner) == {"Akira"}


@pytest.mark.parametrize(
    ("rating", "unrated_is_adult", "seen"),
    [
        (None, False, True),
        (None, True, False),
        (0, True, True),
        (12, False, True),
        (13, False, False),
    ],
)
async def test_an_age_limit_of_twelve(session, rating, unrated_is_adult, seen):
    child = await make.bob(session, age_limit=12)
    shelf = await make.library(session, unrated_is_adult=unrated_is_adult)
    await make.series(session, shelf, "Akira", age_rating=rating)
    await make.let_in(session, child, shelf)

    assert await titles(session, child) == ({"Akira"} if seen else set())


@pytest.mark.parametrize("unrated_is_adult", [False, True])
@pytest.mark.parametrize(
    ("rule", "limit", "seen"),
    [
        (Unrated.SHOW, 12, {"Unrated", "For all"}),
        (Unrated.HIDE, 12, {"For all"}),
        (Unrated.HIDE, 18, {"For all", "Adult"}),
        (Unrated.HIDE, None, {"Unrated", "For all", "Adult"}),
    ],
)
async def test_a_rule_for_unrated_series_goes_before_the_one_of_the_library(
    session, rule, limit, seen, unrated_is_adult
):
    child = await make.bob(session, age_limit=limit, unrated=rule)
    shelf = await make.library(session, unrated_is_adult=unrated_is_adult)
    for title, rating in (("Unrated", None), ("For all", 0), ("Adult", 18)):
        await make.series(session, shelf, title, age_rating=rating)
    await make.let_in(session, child, shelf)

    assert await titles(session, child) == seen
    asked = select(Series.title).where(visible_to(Asker.like(child)))
    assert set(await session.scalars(asked, Asker.values(child))) == seen


async def test_a_hidden_tag_hides_the_series_that_carry_it_from_this_person_only(session):
    reader, other = await make.alice(session), await make.bob(session, age_limit=None)
    shelf = await make.library(session)
    horror = await make.add(session, Tag(kind=TagKind.GENRE, name="Horror", key="horror"))
    uzumaki = await make.series(session, shelf, "Uzumaki")
    await make.series(session, shelf, "Yotsuba")
    await make.add(session, SeriesTag(series_id=uzumaki.id, tag_id=horror.id))
    await make.add(session, HiddenTag(user_id=reader.id, tag_id=horror.id))
    await make.let_in(session, reader, shelf)
    await make.let_in(session, other, shelf)

    assert await titles(session, reader) == {"Yotsuba"}
    assert await titles(session, other) == {"Uzumaki", "Yotsuba"}
